#!/usr/bin/env bash
# Builds for arm64 on this machine, and runs the tests in an emulator (docs/testing.md).
set -euo pipefail
# shellcheck source=scripts/environment.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../../scripts/environment.sh"
HERE=$ROOT/tests/arm64
ARM64_ROOT=$BUILD/arm64-root
# Everything takes ten to twenty times as long.
SECONDS_PER_TEST=600

usage() {
  cat <<'TEXT'
usage: tests/arm64/run.sh build
       tests/arm64/run.sh unit|machine-unit [CTEST_ARGUMENT...]
       tests/arm64/run.sh pytest|machine-pytest [PYTEST_ARGUMENT...]
       tests/arm64/run.sh shell|machine COMMAND...

build           unpacks Debian's arm64 packages in build/arm64-root and builds in build/arm64, with the tests
unit            runs the C++ tests in the emulator of processes, but for those of faults and those in left_out.txt
pytest          does the same with the Python tests of python_tests.txt
machine-unit    runs those of left_out.txt, and those about processes and memory, on an emulated machine whose
                pages have 16 KiB
machine-pytest  does the same with the Python tests of machine_python_tests.txt
shell, machine  run a command as the tests are run
TEXT
}

build() {
  "$ROOT/scripts/install-deps" arm64
  "$HERE/make_root.sh"
  # CMake asks the Python of the root about itself, and the tests for their names.
  QEMU_LD_PREFIX=$ARM64_ROOT PROVIDER_HOST_PYTHONS=$ARM64_ROOT/usr/bin/python3 \
    "$HERE/enter.sh" scripts/build --preset arm64 all
}

# listed FILE: its lines, without comments. left_out KIND: the names of left_out.txt.
listed() { grep -vE '^(#|$)' "$HERE/$1"; }
left_out() { listed left_out.txt | sed -n "s/^$1 //p"; }

# run_ctest ENTER... -- ARGUMENT...
run_ctest() {
  local enter=()
  while [[ $1 != -- ]]; do
    enter+=("$1") && shift
  done
  "${enter[@]}" ctest --preset arm64 -j $((2 * JOBS)) "${@:2}" |
    grep -vE '^ *(Start +[0-9]+:|[0-9]+/[0-9]+ .* Passed +)'
}

unit() { run_ctest "$HERE/enter.sh" --root -- -LE '^faults?$' -E "^($(left_out ctest | paste -sd'|'))\$" "$@"; }

machine_unit() {
  local tests=('process\..*' 'platform\..*' 'inject\..*' 'wire\.ResponseRing.*')
  mapfile -t -O "${#tests[@]}" tests < <(left_out ctest)
  run_ctest "$HERE/boot.sh" -- -R "^($(IFS='|' && printf '%s' "${tests[*]}"))\$" \
    -E "^($(left_out machine | paste -sd'|'))\$" "$@"
}

# run_pytest LIST ENTER... -- ARGUMENT...
run_pytest() {
  local tests enter=()
  mapfile -t tests < <(listed "$1") && shift
  while [[ $1 != -- ]]; do
    enter+=("$1") && shift
  done
  "${enter[@]}" /usr/bin/env PROVIDER_HOST_BIN="$BUILD/arm64/bin/provider-host" PYTHONPATH="$BUILD/arm64/python" \
    PROVIDER_HOST_PACKAGE="$BUILD/arm64/python" \
    python3 -m pytest -q -p no:cacheprovider -n "$JOBS" --dist loadgroup --timeout "$SECONDS_PER_TEST" \
    "${@:2}" "${tests[@]}"
}

user_pytest() {
  local deselected
  mapfile -t deselected < <(left_out pytest)
  run_pytest python_tests.txt "$HERE/enter.sh" --root -- "${deselected[@]/#/--deselect=}" "$@"
}

cd "$ROOT"
case ${1:-} in
  build) build ;;
  unit) unit "${@:2}" ;;
  pytest) user_pytest "${@:2}" ;;
  machine-unit) machine_unit "${@:2}" ;;
  machine-pytest) run_pytest machine_python_tests.txt "$HERE/boot.sh" -- "${@:2}" ;;
  shell) "$HERE/enter.sh" --root "${@:2}" ;;
  machine) "$HERE/boot.sh" "${@:2}" ;;
  -h | --help) usage ;;
  *) usage >&2 && fail "which of these?" ;;
esac
