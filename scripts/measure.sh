# What takes long: benches, fuzzing and proofs.

# bench [scan [OPTION|DIR...] | vault | server | window | move]: all of them without an argument.
bench() {
    local what=${1:-all}
    [ $# = 0 ] || shift
    need_build
    case "$what" in
        all) bench_vault; bench_scan; bench_server; bench_window; bench_move ;;
        scan | vault | server | window | move) "bench_$what" "$@" ;;
        *) die "There is no bench \"$what\"; there are scan, vault, server, window and move." ;;
    esac
}

bench_vault() {
    say "The vault: opening and saving"
    cargo bench -p holdfast-model --bench vault
}

# Real pictures where they are at hand, drawn ones everywhere, beside other decoders.
bench_scan() {
    need_peers
    if [ $# = 0 ]; then
        set -- --synthetic=2
        [ ! -d ../shared/qr ] || set -- "$@" ../shared/qr
    fi
    say "Scanning: $*"
    cargo run --release -p holdfast-model --example bench_scan -- "$@"
}

# On both stores and beside other verifiers; sqlite, postgres or peers alone, quick for small counts.
bench_server() {
    need_packages "what the server is measured on" postgresql python3-venv
    need_server_peers
    say "The server (about half an hour; quick: some minutes)"
    HOLDFAST_BENCH_PEERS="$server_peers" cargo bench -p holdfast-server --bench server -- "$@"
}

# What an open window costs while nobody does anything, with few accounts and with many. It needs a
# display, or makes one that nobody sees.
bench_window() {
    local display=() accounts
    need_window
    if ! has_display; then
        need_packages "a display that nobody sees" xvfb xauth
        display=(xvfb-run -a)
    fi
    say "The window at rest (two minutes)"
    for accounts in 3 100; do
        "${display[@]}" cargo run --quiet -p holdfast --example idle_cpu -- "$accounts" 60
    done
}

# What a change of phone costs on the real pages, beside disabling and enabling again.
bench_move() {
    need_test
    say "Changing the phone, in steps and seconds"
    cargo nextest run --workspace --success-output immediate \
        -E 'test(changing_the_phone_takes_half_the_steps)'
}

fuzz_targets=(luma_frame text vault_open move_list picture)
fuzz_dir="$dev_dir/fuzz"
# A find is kept here; none of them is small enough to be there by chance.
fuzz_memory_mb=1536

# fuzz TARGET [SECONDS | FILE]: fuzzes, or runs one input that was found and says what happens.
fuzz() {
    local target=${1:-} how=${2:-60}
    [[ " ${fuzz_targets[*]} " == *" $target "* ]] || die "Name a target: ${fuzz_targets[*]}."
    build_fuzz
    if [ -f "$how" ]; then
        HOLDFAST_FUZZ_PANICS=1 HOLDFAST_FUZZ_TARGET=$target "$fuzz_program" "$how"
    else
        run_fuzz "$target" "$how"
    fi
}

# The targets with the compiler's coverage counters in them; the stable compiler has them too.
build_fuzz() {
    local host
    need_packages "what the fuzzer needs" "${build_packages[@]}" g++
    need_rust
    host=$(rustc -vV | sed -n 's/^host: //p')
    say "Building the fuzz targets (some minutes the first time)"
    RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module \
        -Cllvm-args=-sanitizer-coverage-level=4 \
        -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
        -Cllvm-args=-sanitizer-coverage-pc-table \
        -Cllvm-args=-sanitizer-coverage-trace-compares" \
        cargo build --quiet -p holdfast-fuzz --features libfuzzer --bins --profile fuzz \
        --target "$host" --target-dir "$fuzz_dir/target"
    # Now, lest it counts as fuzzing.
    cargo build --quiet -p holdfast-fuzz --example seeds
    fuzz_program="$fuzz_dir/target/$host/fuzz/holdfast-fuzz"
}

# run_fuzz TARGET SECONDS [OPTION...]
run_fuzz() {
    local target=$1 seconds=$2 longest=65536
    shift 2
    local grown="$fuzz_dir/$target" found="$fuzz_dir/found-$target"
    [ "$target" != text ] || longest=4096
    local kept="$root/fuzz/corpus/$target"
    mkdir -p "$grown" "$found" "$kept"
    cargo run --quiet -p holdfast-fuzz --example seeds -- "$target" "$grown"
    say "Fuzzing $target for $seconds s"
    # Where it works in several processes, it leaves their logs in the folder that it is in.
    (cd "$fuzz_dir" && HOLDFAST_FUZZ_TARGET=$target "$fuzz_program" "$grown" "$kept" "$@" \
        -max_total_time="$seconds" -max_len="$longest" -timeout=30 \
        -rss_limit_mb="$fuzz_memory_mb" -artifact_prefix="$found/" -print_final_stats=1) ||
        die "The fuzzer found something; run it with ./dev fuzz $target $found/FILE, mend it, and add the file to fuzz/corpus/$target."
}

# prove [NAME | fuzz [SECONDS] | fuzz_TARGET [SECONDS] | apk]: the long proofs, each with a log in
# docs/proof/ to be committed.
prove() {
    local wanted=${1:-} path name goal found=""
    mkdir -p docs/proof
    if [[ -z $wanted || $wanted == apk ]]; then
        logged apk_built_twice_is_the_same apk_twice
    fi
    if [[ $wanted != fuzz* && $wanted != apk ]]; then
        need_test
        # By a descriptor of its own: a proof may read standard input.
        while IFS=: read -r path name <&3; do
            [[ -z $wanted || $name == *"$wanted"* ]] || continue
            found=$name
            prove_test "$(package_of "$path")" "$name"
        done 3< <(git grep -o 'fn prove_[a-z0-9_]*' -- '*.rs' | sed 's/:fn prove_/:/')
        [ -n "$found$wanted" ] || say "There is no long proof yet but the fuzzing."
        [ -n "$found" ] || [ -z "$wanted" ] || die "There is no proof \"$wanted\"."
    fi
    if [[ -z $wanted || $wanted == fuzz* ]]; then
        build_fuzz
        for goal in "${fuzz_targets[@]}"; do
            [[ $wanted == fuzz_* && $wanted != "fuzz_$goal" ]] || prove_fuzz "$goal" "${2:-3600}"
        done
    fi
}

# Release, as it is used, but for the app's shell: its release build takes long and proves no more. As in CI,
# where nothing is skipped: a proof of what is not installed would else be one of nothing.
prove_test() {
    local package=$1 name=$2 profile=release
    [ "$package" != holdfast ] || profile=dev
    CI=true logged "$name" cargo nextest run -p "$package" --cargo-profile "$profile" --profile prove \
        --run-ignored only --no-capture -E "test(/(^|::)prove_${name}\$/)"
}

prove_fuzz() { logged "fuzz_$1" fuzz_summary "$1" "$2"; }

# fuzz_summary TARGET SECONDS: fuzzes on every core until the processors have worked for that long. The
# fuzzer itself counts by the clock, and on a busy machine it is given less: then it begins again, with
# other seeds and what has grown so far. Of each process: seed, last state and sums, without the thousands
# of lines in between.
fuzz_summary() {
    local target=$1 left=$2 cores round=0 log seconds worked spent=0
    local TIMEFORMAT="processor time %U s, by the clock %R s"
    cores=$(nproc)
    mkdir -p "$fuzz_dir"
    while [ "$left" -gt 0 ]; do
        round=$((round + 1)) log="$fuzz_dir/$target-$round.log"
        seconds=$(((left + cores - 1) / cores))
        [ "$seconds" -ge 30 ] || seconds=30
        { time run_fuzz "$target" "$seconds" -jobs="$cores" -workers="$cores"; } >"$log" 2>&1 ||
            { tail -n 40 "$log"; return 1; }
        grep -E '^(INFO: Seed|Done |stat::|processor time)|DONE ' "$log"
        worked=$(sed -n 's/^processor time \([0-9]*\).*/\1/p' "$log")
        left=$((left - worked)) spent=$((spent + worked))
        echo
    done
    echo "in all $spent s of the processors' time, in $round rounds; nothing found"
}

# logged NAME COMMAND...: runs a proof, and keeps what it said with commit, machine and duration.
logged() {
    local name=$1 began=$SECONDS log="$dev_dir/proof-$1.log" state="" outcome=proved
    shift
    say "Proving $name"
    git diff --quiet HEAD -- . ':!docs/proof' || state=", with changes that are not committed"
    {
        echo "proof    $name"
        echo "commit   $(git rev-parse --short=12 HEAD)$state"
        echo "began    $(date -u '+%Y-%m-%d %H:%M:%S UTC')"
        echo "machine  $(nproc) cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
        echo
    } >"$log"
    "$@" >>"$log" 2>&1 || outcome=FAILED
    # What was built on the way names places of this machine.
    sed -i "/^ *Compiling /d; s#$target#target#g; s#$root/##g" "$log"
    printf '\n%-8s in %d s\n' "$outcome" $((SECONDS - began)) >>"$log"
    cat "$log"
    [ "$outcome" = proved ] || die "The proof $name failed; $log says how."
    cp "$log" "docs/proof/$name.log"
}

# package_of PATH: the package that a source file belongs to.
package_of() {
    case "$1" in
        otp/* | model/* | prompt/* | server/* | testkit/* | fuzz/*) echo "holdfast-${1%%/*}" ;;
        *) echo holdfast ;;
    esac
}
