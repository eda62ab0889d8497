#!/usr/bin/env bash
# Uses an installed provider_host as three kinds of user do: the executable, find_package, pkg-config.
# usage: run.sh PREFIX WORK_FOLDER PROVIDER_SCRIPT
set -euo pipefail

[[ $# == 3 ]] || { sed -n '2,3s/^# //p' "$0" && exit 2; }
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

# A program elsewhere finds the hosts where the library was configured to be installed; here that is another folder.
export PROVIDER_HOST_LIBEXEC=$prefix/libexec/provider_host

"$cmake" -S "$here" -B "$work/find_package" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_BUILD_TYPE=Release >"$work/cmake.log"
"$cmake" --build "$work/find_package" >>"$work/cmake.log"
expect_answer "find_package" "$work/find_package/consumer" "$script"

config=$(find "$prefix" -name provider_host.pc)
PKG_CONFIG_PATH=$(dirname "$config")${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
export PKG_CONFIG_PATH
read -ra flags < <(pkg-config --cflags --libs --static provider_host)
"${CXX:-c++}" "$here/consumer.cc" -o "$work/pkg_config_consumer" "${flags[@]}"
expect_answer "pkg-config" "$work/pkg_config_consumer" "$script"
