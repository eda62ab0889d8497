#!/usr/bin/env bash
# Unpacks what the arm64 build and its tests need, once: a root of Debian's arm64 packages (build/arm64-root) with Python
# packages, and of a later Debian the emulator of processes (build/arm64-qemu) and a kernel with pages of 16 KiB
# (build/arm64-kernel). Nothing of this machine changes.
set -euo pipefail
# shellcheck source=scripts/environment.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../../scripts/environment.sh"

DEBIAN=bookworm     # whose cross compiler is that of the root's libstdc++, and whose Python the hosts are for
LATER_DEBIAN=trixie # its emulator knows more system calls, and needs no library
PYTHON_VERSION=3.11
ARM64_ROOT=$BUILD/arm64-root
LIBRARIES=(libstdc++-12-dev libc6-dev python3-dev libsimdjson-dev nlohmann-json3-dev libspdlog-dev libboost-dev
  prometheus-cpp-dev libcli11-dev zlib1g-dev libzstd-dev libgtest-dev libgmock-dev)
PROGRAMS=(base-files bash cmake coreutils curl dash findutils gawk grep gzip hostname make procps python3 python3-venv
  sed tar util-linux zstd)
PYTHON_PACKAGES=(aiohttp anyio attrs cloudpickle httpx numpy opentelemetry-exporter-otlp-proto-http opentelemetry-sdk
  pydantic 'pytest>=7,<9.2' pytest-timeout pytest-xdist pyyaml requests rich tenacity trio uvloop)

# unpack DIRECTORY SUITE ARCHITECTURE PACKAGES PATTERN...: as the caller's own files; no package's script runs.
unpack() {
  mmdebstrap --quiet --variant=extract --architectures="$3" --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
    --include="$4" "$2" - "deb http://deb.debian.org/debian $2 main" |
    tar -x --no-same-owner --exclude='./dev/*' -C "$1" --wildcards "${@:5}"
}

# What the scripts of packages would have made.
set_up() {
  ln -sf dash "$1/usr/bin/sh"
  ln -sf gawk "$1/usr/bin/awk"
  mkdir -p "$1"/{dev,proc,sys,tmp,root}
  printf 'root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n' >"$1/etc/passwd"
  printf 'root:x:0:\nnogroup:x:65534:\n' >"$1/etc/group"
  printf '127.0.0.1 localhost\n::1 localhost\n' >"$1/etc/hosts"
}

install_python_packages() {
  "$VENV/bin/python" -m pip install -q --disable-pip-version-check --implementation cp --python-version "$PYTHON_VERSION" \
    --platform manylinux_2_28_aarch64 --platform manylinux_2_17_aarch64 --platform manylinux2014_aarch64 \
    --only-binary :all: --target "$1/usr/local/lib/python$PYTHON_VERSION/dist-packages" "${PYTHON_PACKAGES[@]}"
}

make_root() {
  rm -rf "$ARM64_ROOT" "$BUILD"/arm64-{qemu,kernel}
  mkdir -p "$ARM64_ROOT" "$BUILD"/arm64-{qemu,kernel}
  unpack "$BUILD/arm64-qemu" "$LATER_DEBIAN" "$(dpkg --print-architecture)" qemu-user './usr/bin/qemu-aarch64'
  unpack "$BUILD/arm64-kernel" "$LATER_DEBIAN" arm64 linux-image-arm64-16k,busybox-static \
    './boot/vmlinuz-*' './usr/bin/busybox' './usr/lib/modules/*/kernel/fs/*' './usr/lib/modules/*/kernel/net/9p/*'
  unpack "$ARM64_ROOT" "$DEBIAN" arm64 "$(IFS=, && printf '%s' "${LIBRARIES[*]},${PROGRAMS[*]}")" './*'
  set_up "$ARM64_ROOT"
  install_python_packages "$ARM64_ROOT"
  # The emulated machine does not write to its root, and compiling at each import would take it minutes.
  "$ROOT/tests/arm64/enter.sh" --root python3 -m compileall -q -j 0 "/usr/lib/python$PYTHON_VERSION" \
    "/usr/local/lib/python$PYTHON_VERSION/dist-packages"
}

version=$(sha256sum <"${BASH_SOURCE[0]}")
[[ -e $ARM64_ROOT/made-by && $(<"$ARM64_ROOT/made-by") == "$version" ]] && exit
for program in aarch64-linux-gnu-g++ mmdebstrap qemu-system-aarch64 cpio xz; do
  command -v "$program" >/dev/null || fail "no $program on PATH; on Debian and Ubuntu: scripts/install-deps arm64"
done
say "unpacking Debian's arm64 packages in ${ARM64_ROOT#"$ROOT"/}"
quietly arm64-root make_root
printf '%s\n' "$version" >"$ARM64_ROOT/made-by"
