#!/usr/bin/env bash
# boot.sh COMMAND...: runs a command on an emulated arm64 machine with a kernel of its own, whose pages have 16 KiB, and
# build/arm64-root as its root, with this tree in it at its own path. It writes to the tree; the rest is kept in memory.
# Takes half a minute more than the command.
set -euo pipefail
# shellcheck source=scripts/environment.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../../scripts/environment.sh"
ARM64_ROOT=$BUILD/arm64-root
KERNEL=$BUILD/arm64-kernel
MACHINE=$BUILD/arm64-machine
MODULES=(fs/netfs/netfs net/9p/9pnet net/9p/9pnet_virtio fs/9p/9p)

make_initial_files() {
  local files=$MACHINE/initial module
  rm -rf "$MACHINE"
  mkdir -p "$files"/{bin,dev,lib,root} "$ARM64_ROOT$ROOT"
  cp "$KERNEL/usr/bin/busybox" "$files/bin/"
  for module in "${MODULES[@]}"; do
    xz -dc "$KERNEL"/usr/lib/modules/*/kernel/"$module.ko.xz" >"$files/lib/${module##*/}.ko"
  done
  sed "s|@TREE@|$ROOT|g" "$ROOT/tests/arm64/init.sh" >"$files/init"
  chmod +x "$files/init"
  (cd "$files" && find . | cpio --quiet -o -H newc | gzip -1) >"$MACHINE/initrd"
}

# The command's exit code comes back in a file.
write_command() {
  {
    printf 'cd %q\n' "$ROOT"
    printf '%q ' "$@"
    printf '\nprintf "%%s\\n" "$?" >%q\n' "$MACHINE/status"
  } >"$MACHINE/command"
}

make_initial_files
write_command "$@"
qemu-system-aarch64 -M virt -cpu max,pauth-impdef=on -smp "$JOBS" -m 3G -display none -monitor none -serial stdio -nic none \
  -no-reboot -kernel "$KERNEL"/boot/vmlinuz-* -initrd "$MACHINE/initrd" -append "console=ttyAMA0 quiet panic=-1" \
  -virtfs "local,path=$ARM64_ROOT,security_model=none,mount_tag=root,multidevs=remap" \
  -virtfs "local,path=$ROOT,security_model=none,mount_tag=tree,multidevs=remap" </dev/null | tr -d '\r'
[[ -e $MACHINE/status ]] || fail "the machine has ended before the command"
exit "$(<"$MACHINE/status")"
