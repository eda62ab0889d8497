#!/usr/bin/env bash
# Uses an installed provider_host as its users do: the executable, find_package, pkg-config, examples/cpp. The prefix is not the
# one that the build was configured with, and is moved once; the hosts must be found nevertheless, without being told where.
# usage: run.sh PREFIX WORK_DIRECTORY PROVIDER_SCRIPT
set -euo pipefail

[[ $# == 3 ]] || { sed -n '2,4s/^# //p' "$0" && exit 2; }
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
prefix=$1 work=$2 script=$3
cmake=${CMAKE:-cmake}
mkdir -p "$work"

# expect_answer NAME COMMAND...: it must print an object with "output".
expect_answer() {
  local answer
  answer=$("${@:2}") || { echo "$1: failed"; exit 1; }
  [[ $answer == *'"output"'* ]] || { echo "$1: no output in: $answer"; exit 1; }
  echo "$1: ok"
}

expect_answer "the installed executable" "$prefix/bin/provider-host" call "$script" "Where is the nearest pharmacy?"
expect_answer "the drop-in interpreter for promptfoo" "$here/../promptfoo/use_worker.sh" "$prefix/bin/provider-host-python" \
  "$script" "Where is the nearest pharmacy?"

# No other hosts than those of the prefix; programs are built where none is above them.
unset PROVIDER_HOST_LIBEXEC
export XDG_DATA_HOME=$work/data
elsewhere=$(mktemp -d)
trap 'rm -rf "$elsewhere"' EXIT

# build_with_cmake NAME SOURCES
build_with_cmake() {
  "$cmake" -S "$2" -B "$elsewhere/$1" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_BUILD_TYPE=Release >"$work/$1.log"
  "$cmake" --build "$elsewhere/$1" >>"$work/$1.log"
}

build_with_cmake find_package "$here"
expect_answer "find_package" "$elsewhere/find_package/consumer" "$script"

build_with_cmake example "$here/../../examples/cpp"
expect_answer "examples/cpp" "$elsewhere/example/hello_pool" "$script"
expect_answer "items of a stream" "$elsewhere/example/stream_prompt" "$script" one
expect_answer "many prompts" "$elsewhere/example/many_prompts" "$script" one two three
code=0
PROVIDER_HOST_PYTHON=/no/such/python "$elsewhere/example/hello_pool" "$script" 2>"$work/wrong_python.log" || code=$?
[[ $code == 2 && $(<"$work/wrong_python.log") == */no/such/python* ]] || { echo "examples/cpp: no ConfigError, $code"; exit 1; }
echo "examples/cpp with a wrong Python: ok"

mv "$prefix" "$prefix-moved"
prefix=$prefix-moved

config=$(find "$prefix" -name provider_host.pc)
PKG_CONFIG_PATH=$(dirname "$config")${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
export PKG_CONFIG_PATH
read -ra flags < <(pkg-config --cflags --libs --static provider_host)
"${CXX:-c++}" "$here/consumer.cc" -o "$elsewhere/pkg_config_consumer" "${flags[@]}"
expect_answer "pkg-config, of a prefix that was moved" "$elsewhere/pkg_config_consumer" "$script"
