#!/usr/bin/env bash
# run.sh WHEEL SCRATCH: installs the wheel into an empty virtual environment and uses it there as a new user would.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
wheel=$(realpath -- "$1")
scratch=$2

rm -rf "$scratch"
mkdir -p "$scratch"
"${PYTHON:-python3}" -m venv "$scratch/venv"
"$scratch/venv/bin/python" -m pip install --disable-pip-version-check -q "$wheel" 'pytest>=7' mypy
cd "$scratch"
cp "$here"/*.py .
unset PYTHONPATH VIRTUAL_ENV PROVIDER_HOST_PYTHON PROVIDER_HOST_LIBEXEC

venv/bin/python use_pool.py
echo "the package, from eight threads and from asyncio: ok"

# shellcheck disable=SC1091
(source venv/bin/activate && provider-host call provider.py hello | grep -qF '"output":"hello from '"$scratch/venv"'"')
echo "the executable in the activated environment: ok"

if ((UID == 0)); then
  cp venv/bin/python venv/bin/python-setgid
  chgrp 64111 venv/bin/python-setgid
  chmod g+s venv/bin/python-setgid
  (venv/bin/provider-host call --python venv/bin/python-setgid provider.py hello 2>&1 || true) |
    grep -qF "the system loads no host into it"
  echo "an interpreter that nothing is loaded into is told as one: ok"
fi

tag=$(venv/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
cp -r venv damaged
truncate -s 50000 damaged/libexec/provider_host/libprovider-host-python"$tag".so
(damaged/bin/provider-host call --python venv provider.py hello 2>&1 || true) | grep -qF "is damaged; install the package again"
echo "half an installation is told as one: ok"

venv/bin/provider-host serve provider.py --listen 127.0.0.1:0 --port-file port --access-log off 2>serve.log &
server=$!
venv/bin/python - <<'PYTHON'
import json, pathlib, time, urllib.request

while not pathlib.Path("port").exists():
    time.sleep(0.05)
address = f"http://127.0.0.1:{pathlib.Path('port').read_text().strip()}"
call = urllib.request.Request(address + "/v1/call", b'{"prompt": "hello"}')
assert json.load(urllib.request.urlopen(call))["result"]["output"].startswith("hello from")
assert b"provider_host_" in urllib.request.urlopen(address + "/metrics").read()
assert b"<html" in urllib.request.urlopen(address + "/").read()
PYTHON
kill "$server"
wait "$server"
echo "the server: ok"

[[ $(venv/bin/provider-host-python -c 'import sys; print(sys.prefix)') == "$scratch/venv" ]]
"$here/../promptfoo/use_worker.sh" venv/bin/provider-host-python provider.py hello | grep -qF "hello from $scratch/venv"
echo "the drop-in interpreter for promptfoo: ok"

venv/bin/python -m pytest -q --provider provider.py
echo "the pytest plugin: ok"

venv/bin/python -m mypy --strict --no-error-summary use_pool.py
echo "from provider_host import Pol" >wrong_name.py
if venv/bin/python -m mypy --no-error-summary wrong_name.py >/dev/null; then
  echo "a name that the package does not have passes mypy" >&2
  exit 1
fi
echo "the types: ok"

venv/bin/python -m pip install --disable-pip-version-check -q --target "$scratch/directory" --no-deps "$wheel"
PYTHONPATH=$scratch/directory "${PYTHON:-python3}" use_pool.py
echo "pip install --target: ok"
