"""serve --watch: the script and its modules change."""

import os
import signal

import pytest

from .serving import wait_until
from .wire import output

SCRIPT = """
import greeting

def call_api(prompt, options, context):
    return {"output": "VERSION " + greeting.TEXT}
"""


class Sources:
    """A script and its module, and a server that watches them."""

    def __init__(self, directory):
        self.directory = directory
        self.script = directory / "provider.py"
        self.module = directory / "greeting.py"
        self.module.write_text("TEXT = 'hello'\n")
        self.write_script("one")
        self.server = None

    def write_script(self, version):
        self.script.write_text(SCRIPT.replace("VERSION", version))

    def replace(self, path, text):
        """As editors do it: another file takes its name."""
        other = path.with_name(path.name + ".swp")
        other.write_text(text)
        os.replace(other, path)

    @property
    def answer(self):
        return output(self.server.call("x"))

    def wait_for(self, answer):
        wait_until(lambda: self.answer == answer, f"it answers {answer!r}")

    def wait_for_line(self, line, times=1):
        """The server says so that many times."""
        wait_until(lambda: self.server.stderr.count(line) >= times or self.server.ended, f"it says {line!r}")
        assert self.server.stderr.count(line) >= times, self.server.stderr


@pytest.fixture
def sources(tmp_path, serve):
    sources = Sources(tmp_path)
    sources.server = serve(sources.script, "--watch")
    sources.server.wait_until_ready()
    return sources


def test_whatever_changes_is_noticed_and_nothing_else_reloads(sources):
    assert sources.answer == "one hello"
    sources.write_script("two")
    sources.wait_for("two hello")
    sources.wait_for_line("provider.py changed: reloading")
    sources.wait_for_line("reloaded in ")

    sources.module.write_text("TEXT = 'good morning'\n")
    sources.wait_for("two good morning")
    sources.wait_for_line("greeting.py changed: reloading")

    sources.replace(sources.module, "TEXT = 'good evening'\n")
    sources.wait_for("two good evening")
    sources.wait_for_line("reloaded in ", 3)

    (sources.directory / "unrelated.py").write_text("raise ValueError\n")
    sources.write_script("three")
    sources.wait_for("three good evening")
    sources.wait_for_line("reloaded in ", 4)
    assert "unrelated" not in sources.server.stderr
    assert sources.server.stderr.count("changed: reloading") == 4


def test_broken_code_leaves_the_hosts_and_is_tried_again_when_it_changes(sources):
    sources.script.write_text("import no_such_module_42\n")
    sources.wait_for_line("not reloaded, the former hosts go on: ")
    sources.wait_for_line("Traceback")
    assert "no_such_module_42" in sources.server.stderr
    assert sources.answer == "one hello"
    sources.write_script("mended")
    sources.wait_for("mended hello")

    # What an import has missed may come later.
    sources.script.write_text("import late\ncall_api = late.call_api\n")
    sources.wait_for_line("not reloaded, the former hosts go on: ", 2)
    sources.replace(sources.directory / "late.py", SCRIPT.replace("VERSION", "late"))
    sources.wait_for("late hello")


def test_a_script_that_is_removed_and_made_again_is_reloaded(sources):
    sources.script.unlink()
    sources.wait_for_line("provider.py changed: reloading")
    sources.wait_for_line("not reloaded, the former hosts go on: ")
    assert sources.answer == "one hello"
    sources.write_script("again")
    sources.wait_for("again hello")


def test_sighup_reloads_too(sources):
    sources.server.signal(signal.SIGHUP)
    sources.wait_for_line("reloaded in ")
    assert "changed" not in sources.server.stderr
    sources.write_script("two")
    sources.wait_for("two hello")
