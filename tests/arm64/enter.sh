#!/usr/bin/env bash
# enter.sh [--root] COMMAND...: runs a command where the kernel runs arm64 programs by the emulator, in namespaces of its
# own; with --root, build/arm64-root is its root, with this tree in it at its own path. Processes that it leaves end with
# it. The emulator takes libraries from $QEMU_LD_PREFIX, too.
set -euo pipefail
# shellcheck source=scripts/environment.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../../scripts/environment.sh"
ARM64_ROOT=$BUILD/arm64-root
REGISTER=/proc/sys/fs/binfmt_misc/register
# An ELF file of 64 bits, little-endian, for the machine 183, and a program (or a shared object). P: it gets its own
# argv[0]; F: the emulator is opened now, so the programs' root need not have it.
MAGIC='\x7f\x45\x4c\x46\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
MASK='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'

# Each user namespace may have its own binfmt_misc, since Linux 6.7. An older kernel has one for all, which the package
# qemu-user-static fills.
register() {
  if mount -t binfmt_misc binfmt_misc "${REGISTER%/*}" 2>/dev/null; then
    printf ':arm64:M::%s:%s:%s:PF' "$MAGIC" "$MASK" "$BUILD/arm64-qemu/usr/bin/qemu-aarch64" >"$REGISTER"
  fi
  "$ARM64_ROOT/lib/ld-linux-aarch64.so.1" --version >/dev/null 2>&1 ||
    fail "this kernel runs no arm64 programs here; as root: apt-get install qemu-user-static"
}

mount_root() {
  local directory
  for directory in /dev /proc /sys "$ROOT"; do
    mkdir -p "$ARM64_ROOT$directory"
    mount --rbind "$directory" "$ARM64_ROOT$directory"
  done
  mount -t tmpfs tmpfs "$ARM64_ROOT/tmp"
}

if [[ ${1:-} != --inside ]]; then
  unshare --user --map-root-user --mount true ||
    fail "this needs user namespaces, which this machine does not allow"
  exec unshare --user --map-root-user --mount --pid --fork --kill-child --mount-proc "${BASH_SOURCE[0]}" --inside "$@"
fi
shift
# This shell is the first process of its namespace, which only signals with handlers end.
trap 'exit 130' INT TERM HUP
register
command=("$@")
if [[ $1 == --root ]]; then
  mount_root
  cd "$ARM64_ROOT"
  # shellcheck disable=SC2016  # for the shell inside
  command=(chroot . /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME=/root LANG=C.UTF-8
    /bin/bash -c 'cd "$1" && shift && exec "$@"' bash "$ROOT" "${@:2}")
fi
"${command[@]}" <&0 &
wait $!
