# The window's camera on real camera drivers: Debian's kernel in an emulated machine, with the
# kernel's own test camera (vivid) and loops (v4l2loopback) into which a film is played.
#
# It needs no camera, no module in this machine's kernel and no /dev/kvm; it takes a few minutes.

camera_vm_packages=(qemu-system-x86 busybox-static cpio kmod make gcc)
camera_modules=(vivid v4l2loopback)

camera_vm() {
    local work="$dev_dir/camera-vm" kernel
    need_build
    need_packages "what the emulated machine needs" "${camera_vm_packages[@]}"
    mkdir -p "$work"
    kernel=$(newest_kernel)
    need_packages "what its module is built with" "linux-headers-$kernel"
    unpack_package "$work" "linux-image-$kernel"
    unpack_package "$work" v4l2loopback-dkms
    build_loopback "$work" "$kernel"
    say "Building the program that tries the cameras"
    cargo build -p holdfast --example camera_vm
    [ -s "$work/film.y4m" ] || "$target/debug/examples/camera_vm" film "$work/film.y4m"
    pack_machine "$work" "$kernel"
    say "Starting the machine with Linux $kernel"
    run_machine "$work" "$kernel"
}

# The version of the kernel that Debian's package of the newest one depends on.
newest_kernel() {
    apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: linux-image-\(6[^ ]*-amd64\).*/\1/p' | head -n 1
}

# unpack_package WORK NAME: fetches a Debian package and unpacks it beside, without installing it.
unpack_package() {
    [ ! -d "$1/$2" ] || return 0
    say "Fetching $2"
    (cd "$1" && rm -f "$2"_*.deb && apt-get -o APT::Sandbox::User=root download -qq "$2" >/dev/null) ||
        die "$2 could not be fetched; check the network and try again."
    dpkg-deb -x "$1/$2"_*.deb "$1/$2.part"
    mv "$1/$2.part" "$1/$2"
    rm -f "$1/$2"_*.deb
}

build_loopback() {
    local sources
    sources=$(echo "$1"/v4l2loopback-dkms/usr/src/v4l2loopback-*)
    [ ! -s "$sources/v4l2loopback.ko" ] || return 0
    say "Building v4l2loopback for Linux $2"
    make -s -C "/usr/src/linux-headers-$2" M="$sources" v4l2loopback.ko >"$1/module.log" 2>&1 ||
        die "v4l2loopback could not be built; $1/module.log says why."
    mkdir -p "$1/linux-image-$2/lib/modules/$2/extra"
    cp "$sources/v4l2loopback.ko" "$1/linux-image-$2/lib/modules/$2/extra/"
    /sbin/depmod -b "$1/linux-image-$2" "$2"
}

# A file system in memory: busybox, the modules, the program with its libraries, and the film.
pack_machine() {
    local work=$1 kernel=$2 machine="$1/machine" module file
    rm -rf "$machine"
    mkdir -p "$machine"/{bin,lib64,lib,proc,sys,dev,tmp,etc,modules}
    chmod 1777 "$machine/tmp"
    cp "$(command -v busybox)" "$machine/bin/busybox"
    printf 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n' >"$machine/etc/passwd"
    for module in "${camera_modules[@]}"; do
        /sbin/modprobe -d "$work/linux-image-$kernel" -S "$kernel" --show-depends "$module" |
            sed -n 's/^insmod \([^ ]*\).*/\1/p'
    done | awk '!seen[$0]++' >"$work/modules"
    while read -r file; do
        cp "$file" "$machine/modules/"
        basename "$file"
    done <"$work/modules" >"$machine/modules/order"
    strip -o "$machine/bin/camera_vm" "$target/debug/examples/camera_vm"
    ldd "$target/debug/examples/camera_vm" | grep -o '/[^ ]*' | while read -r file; do
        cp --parents -L "$file" "$machine"
    done
    cp "$work/film.y4m" "$machine/film.y4m"
    machine_script >"$machine/init"
    chmod +x "$machine/init"
    (cd "$machine" && find . | cpio -o -H newc --quiet) >"$work/machine.cpio"
}

# What the machine does: loads the drivers, tries the cameras, says how it ended, switches off.
machine_script() {
    cat <<'TEXT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin HOME=/tmp
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for module in $(cat /modules/order); do
    case $module in
        vivid.ko) options="n_devs=1 node_types=0x1 num_inputs=1 input_types=0 multiplanar=1" ;;
        v4l2loopback.ko)
            options="devices=7 exclusive_caps=1,1,1,1,1,1,1 max_buffers=4"
            options="$options card_label=Loop,Loop,Loop,Loop,Loop,Loop,Loop"
            ;;
        *) options= ;;
    esac
    insmod "/modules/$module" $options || echo "the module $module was not loaded"
done
chmod 600 /dev/video*
ended() { echo "camera-vm: $1"; sync; poweroff -f; }
su nobody -c "camera_vm refused" || ended failed
camera_vm try /film.y4m || ended failed
ended passed
TEXT
}

run_machine() {
    local log="$1/machine.log"
    timeout 1500 qemu-system-x86_64 -accel tcg -cpu max -smp 2 -m 1536 \
        -kernel "$1/linux-image-$2/boot/vmlinuz-$2" -initrd "$1/machine.cpio" \
        -append "console=ttyS0 quiet panic=-1" -nographic -no-reboot -net none \
        </dev/null | tee "$log" | grep --line-buffered -v '^\[' || true
    grep -q 'camera-vm: passed' "$log" || die "The cameras did not do as they should; $log has all of it."
    say "The cameras do as they should."
}
