"""Paths and values that are no UTF-8, which Linux allows."""

import os

import pytest
from provider_host import ConfigError, ImportFailed, Pool, PythonException

ODD = os.fsdecode(b"\xff \xe9%41")


@pytest.fixture
def script(tmp_path):
    directory = tmp_path / ODD
    directory.mkdir()
    path = directory / "provider.py"
    path.write_text(
        "import os\n"
        "def call_api(prompt, options, context):\n"
        "    if prompt: raise ValueError(__file__)\n"
        "    return {'output': [os.fsencode(each).hex() for each in (__file__, os.getcwd(), os.environ['ODD'])]}\n"
    )
    return path


@pytest.mark.parametrize("kind", [str, os.fsencode, os.fspath], ids=["str", "bytes", "path"])
def test_script_directory_and_variables_keep_their_bytes(script, kind):
    with Pool(kind(script), working_directory=kind(script.parent), env_set={"ODD": ODD}) as pool:
        expected = [os.fsencode(each).hex() for each in (script, script.parent, ODD)]
        assert pool.call_api("")["output"] == expected
        report = pool.inspect()
        assert report["functions"] and report["files"] == [str(script)]
        with pytest.raises(PythonException, match="provider.py"):
            pool.call_api("raise")


def test_what_is_said_about_them_can_be_written_down(script):
    for error, pool in (
        (ConfigError, Pool(script, python=script.parent / "none")),
        (ConfigError, Pool(script, working_directory=script.parent / "none")),
        (ImportFailed, Pool(script.parent / "none.py")),
    ):
        with pytest.raises(error) as raised:
            pool.start()
        assert "\ufffd" in str(raised.value)
        str(raised.value).encode()
