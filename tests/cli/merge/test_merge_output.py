"""`provider-host merge -o FILE` when FILE or FILE.part is something else than a plain file, or is shared."""

import os
import subprocess

import pytest
from conftest import EXECUTABLE, lines_of


@pytest.fixture
def merge(host):
    """Merges two files of two calls each."""
    names = [f"results-{number}.jsonl" for number in range(2)]
    for number, name in enumerate(names):
        host.write(name, *({"index": index, "id": None, "ok": True, "result": "x"} for index in (number, number + 2)))
    return lambda *arguments: host("merge", *names, *arguments)


def shell(host, command):
    command = command.replace("MERGE", '"$0" merge results-0.jsonl results-1.jsonl')
    return subprocess.run(["bash", "-c", command, EXECUTABLE], cwd=host.directory, capture_output=True, text=True)


def is_whole(text):
    return [line["index"] for line in lines_of(text)] == [0, 1, 2, 3]


# --- open descriptors


@pytest.mark.parametrize(
    "name",
    ["/dev/stdout", "/dev/fd/1", pytest.param("/proc/self/fd/1", marks=pytest.mark.needs_linux("/proc")), "link"],
)
@pytest.mark.parametrize("operator", [">", ">>"])
def test_a_descriptor_is_written_from_where_it_is(host, merge, name, operator):
    file = host.directory / "file"
    os.symlink("/dev/stdout", host.directory / "link")
    file.write_text("former\n")
    done = shell(host, f"{{ echo head; MERGE -o {name}; echo tail; }} {operator} file")
    former, head, *lines, tail = ["former"] * (operator == ">") + file.read_text().splitlines()
    assert (former, head, tail) == ("former", "head", "tail"), done
    assert is_whole("\n".join(lines))


@pytest.mark.needs_linux("/proc")
def test_a_descriptor_of_a_removed_file_stays_one(host, merge):
    link = host.directory / "link"
    os.symlink("/proc/self/fd/1", link)
    done = shell(host, "exec 5<> file; rm file; MERGE -o link >&5; cat /proc/self/fd/5")
    assert done.returncode == 0, done
    assert is_whole(done.stdout)
    assert os.readlink(link) == "/proc/self/fd/1"


def test_another_descriptor_and_a_pipe_of_the_shell(host, merge):
    done = shell(host, "MERGE -o /dev/fd/7 7>&1 >/dev/null; MERGE -o >(cat > piped); wait $!")
    assert done.returncode == 0, done
    assert is_whole(done.stdout)
    assert is_whole((host.directory / "piped").read_text())


# --- links


def test_a_link_to_no_file_yet_is_followed(host, merge):
    (host.directory / "folder").mkdir()
    os.symlink("folder/second", host.directory / "first")
    os.symlink("file", host.directory / "folder" / "second")
    assert merge("-o", "first").code == 0
    assert os.readlink(host.directory / "first") == "folder/second"
    assert os.readlink(host.directory / "folder" / "second") == "file"
    assert is_whole((host.directory / "folder" / "file").read_text())


def test_links_in_a_circle_are_refused(host, merge):
    os.symlink("circle", host.directory / "circle")
    result = merge("-o", "circle")
    assert result.code == 2, result
    assert "cannot write the output 'circle': Too many levels of symbolic links" in result.stderr


# --- FILE.part


@pytest.mark.parametrize("kind", ["link", "dangling link", "hard link", "pipe", "directory"])
def test_what_is_not_a_part_of_a_merge_is_left_alone(host, merge, kind):
    part = host.directory / "out.jsonl.part"
    important = host.directory / "important"
    important.write_text("important")
    {
        "link": lambda: os.symlink("important", part),
        "dangling link": lambda: os.symlink("nowhere", part),
        "hard link": lambda: os.link(important, part),
        "pipe": lambda: os.mkfifo(part),
        "directory": part.mkdir,
    }[kind]()
    before = sorted(host.directory.iterdir())
    result = merge("-o", "out.jsonl")
    assert result.code == 2, result
    assert "out.jsonl.part' is no file of a merge; remove it, or choose another output" in result.stderr
    assert important.read_text() == "important"
    assert sorted(host.directory.iterdir()) == before


def test_of_merges_into_one_file_at_the_same_time_each_is_whole_or_refused(host, merge):
    one = "MERGE -o out.jsonl; code=$?; [ $code = 0 -o $code = 2 ] || echo failed: $code"
    done = shell(host, f"rush() {{ for i in {{1..60}}; do {one}; done; }}; rush & rush & rush & rush & wait")
    assert done.stdout == "", done
    assert is_whole((host.directory / "out.jsonl").read_text())
    assert not (host.directory / "out.jsonl.part").exists()
