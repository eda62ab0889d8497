#!/usr/bin/env bash
# use_worker.sh PROGRAM SCRIPT PROMPT: one call of call_api in PROGRAM as promptfoo's worker; prints the response.
set -euo pipefail
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
printf '["%s", {}, {}]' "$3" >"$directory/request.json"
: >"$directory/response.json"

coproc "$1" persistent_wrapper.py "$2" call_api
echo "CALL|call_api|$directory/request.json|$directory/response.json" >&"${COPROC[1]}"
while read -r line <&"${COPROC[0]}" && [[ $line != "DONE|$directory/response.json" ]]; do :; done
cat "$directory/response.json"
