# How ./dev talks: one line for each step, one sentence when something is in the way.

bold=""; plain=""
if [ -t 1 ]; then bold=$'\e[1m'; plain=$'\e[0m'; fi

# steps N: the number of steps that `step` counts to.
steps() { step_count=$1; step_number=0; }

# step WHAT COMMAND...: says what is done, does it, and says how long it took.
step() {
    step_number=$((step_number + 1))
    local what=$1 began=$SECONDS
    shift
    echo "${bold}${step_number}/${step_count} ${what}${plain}"
    "$@" || die "Step ${step_number}, \"${what}\", failed; what is above says why."
    echo "    done in $((SECONDS - began)) s"
}

say() { echo "${bold}$*${plain}"; }

die() {
    echo "${bold}$*${plain}" >&2
    exit 1
}
