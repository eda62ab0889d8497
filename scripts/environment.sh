# shellcheck shell=bash
# Sourced by the scripts beside it: where things are, and how they speak. Needs bash only.
ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=$ROOT/build
VENV=$BUILD/venv
LOGS=$BUILD/logs
OLDEST_CMAKE=$(sed -n 's/^cmake_minimum_required(VERSION \([0-9.]*\)).*/\1/p' "$ROOT/CMakeLists.txt")
OLDEST_PYTHON=$(sed -n 's/^requires-python = ">=\([0-9.]*\)"/\1/p' "$ROOT/pyproject.toml")
JOBS=$(nproc 2>/dev/null || echo 2)
export VENV JOBS OLDEST_CMAKE OLDEST_PYTHON

say() { printf -- '-- %s\n' "$*"; }
fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# quietly NAME COMMAND...: output goes to build/logs/NAME.log and is shown only when the command fails.
quietly() {
  local log=$LOGS/$1.log status=0
  shift
  mkdir -p "$LOGS"
  "$@" >"$log" 2>&1 || status=$?
  if ((status != 0)); then
    printf 'failed (%s): %s\n' "$status" "$*" >&2
    tail -n 40 "$log" | sed 's/^/  | /' >&2
    printf 'all of it: %s\n' "$log" >&2
  fi
  return "$status"
}

# The interpreter behind `python3` on PATH, which may be a shim: its own sys.executable.
real_python() { python3 -c 'import sys; print(sys.executable)'; }

# preset directory NAME, preset environment NAME: what CMakePresets.json says.
preset() { python3 "$ROOT/scripts/preset.py" "$@"; }

# configure PRESET: Ninja configures again by itself when a CMakeLists.txt changed; here, only when there is nothing yet or
# other arguments.
configure() {
  local arguments=(--preset "$1" "-DPROVIDER_HOST_PYTHONS=${PROVIDER_HOST_PYTHONS:-$(real_python)}")
  local directory pybind11_dir stamp
  directory=$(preset directory "$1") || return
  stamp=$directory/configured-with
  if pybind11_dir=$("$VENV/bin/python" -m pybind11 --cmakedir 2>/dev/null); then
    arguments+=("-Dpybind11_DIR=$pybind11_dir")
  fi
  if command -v ccache >/dev/null; then
    arguments+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  fi
  if [[ ! -e $directory/build.ninja || ! -e $stamp || $(<"$stamp") != "${arguments[*]}" ]]; then
    say "configuring $1"
    (cd "$ROOT" && quietly "configure-$1" "$(program cmake)" "${arguments[@]}") || return
    printf '%s\n' "${arguments[*]}" >"$stamp"
  fi
}

# program NAME: the virtual environment's NAME if it has one, else NAME on PATH.
program() {
  if [[ -x $VENV/bin/$1 ]]; then
    printf '%s\n' "$VENV/bin/$1"
  else
    printf '%s\n' "$1"
  fi
}
