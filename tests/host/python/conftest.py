"""Hosts and templates that a test starts by itself."""

import pytest
from direct_hosts import ECHO, Process


@pytest.fixture
def start_process(tmp_path):
    """Starts hosts and templates of a script that is given as text, and ends them."""
    started = []

    def start(source, as_template=False, **options):
        script = tmp_path / f"provider{len(started)}.py"
        script.write_text(source)
        started.append(Process(script, as_template, **options))
        return started[-1]

    yield start
    for process in started:
        process.close()


@pytest.fixture
def start_template(start_process):
    """Starts a template that can fork."""

    def start(source, **options):
        process = start_process(source, True, **options)
        message = process.call.read()
        assert message is not None, process.err.rest()
        assert message["type"] == "template", message
        return process

    return start


@pytest.fixture
def echo(start_template):
    return start_template(ECHO)
