#!/usr/bin/env bash
# each_python.sh WHEEL SCRATCH PYTHON...: installs a release wheel into an empty environment of each interpreter and uses it
# there; each host must be exactly that interpreter. In the first, hosts for the others are used, too.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
wheel=$(realpath -- "$1")
scratch=$2
pythons=("${@:3}")

rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch"
cp "$here"/*.py .
cat >versions.py <<'PYTHON'
import sys


def call_api(prompt, options, context):
    return {"output": sys.version}
PYTHON
unset PYTHONPATH VIRTUAL_ENV PROVIDER_HOST_PYTHON PROVIDER_HOST_LIBEXEC

for python in "${pythons[@]}"; do
  name=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  "$python" -m venv --without-pip "$name"
  python3 -m pip --python "$name/bin/python" install --disable-pip-version-check -q --no-deps --no-index "$wheel"
  "$name/bin/python" use_pool.py
  "$name/bin/provider-host" call --python "$name/bin/python" versions.py hello | grep -qF "$("$python" -c 'import sys; print(sys.version.split("\n")[0])')"
  printf 'Python %s: the package and the executable: ok\n' "$name"
done
first=$("${pythons[0]}" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
for python in "${pythons[@]:1}"; do
  "$first/bin/provider-host" call --python "$python" versions.py hello >/dev/null
done
echo "hosts of Python $first's environment for all the others: ok"
