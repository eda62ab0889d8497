# shellcheck shell=bash
# Sourced by the scripts beside it: where things are, and how they speak. Needs bash only.
ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=$ROOT/build
VENV=$BUILD/venv
LOGS=$BUILD/logs
JOBS=$(nproc 2>/dev/null || echo 2)
export VENV JOBS

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

# program NAME: the virtual environment's NAME if it has one, else NAME on PATH.
program() {
  if [[ -x $VENV/bin/$1 ]]; then
    printf '%s\n' "$VENV/bin/$1"
  else
    printf '%s\n' "$1"
  fi
}
