"""What is said of scripts that cannot be imported: what is missing, where it may be, and what to do."""

import gzip
import py_compile
import sys

import pytest


def refused(host, script, **environment):
    """What is said of the script, and the traceback; the exit code says that it could not be imported."""
    result = host("call", script, "hello", "--python", sys.executable, **environment)
    assert result.code == 3, result
    return result.stderr.partition("\n")[0]


@pytest.mark.parametrize(
    "statement, distribution",
    [
        ("import fitz", "pymupdf"),
        ("import google.generativeai as genai", "google-generativeai"),
        ("from google import genai", "google-genai"),
        ("from google.cloud import storage", "google-cloud-storage"),
        ("from sentence_transformers import SentenceTransformer", "sentence-transformers"),
    ],
)
def test_a_package_whose_distribution_is_known_is_named(host, statement, distribution):
    said = refused(host, host.write("provider.py", statement))
    assert said.endswith(f"{sys.executable} -m pip install {distribution}"), said


def test_a_part_of_a_package_that_others_share_is_named(host):
    (host.directory / "google").mkdir()
    host.write("google/other.py", "")
    said = refused(host, host.write("provider.py", "import google.other", "from google import genai"))
    assert said.endswith("-m pip install google-genai"), said


def test_nothing_is_suggested_only_because_it_has_the_name_of_the_module(host):
    said = refused(host, host.write("provider.py", "import some_module_of_mine"))
    assert "provider.py imports 'some_module_of_mine'" in said
    assert "PYTHONPATH" in said and str(host.directory) in said
    assert "pip install some" not in said


@pytest.mark.parametrize("place", ["app", "src/app", "providers/lib/app"])
def test_a_module_that_is_nearby_is_found(host, place):
    directory = host.directory / place
    directory.mkdir(parents=True)
    (directory / "settings.py").write_text("MODEL = 'small'")
    (host.directory / "providers").mkdir(exist_ok=True)
    script = host.write("providers/provider.py", "from app.settings import MODEL")
    said = refused(host, script)
    assert f"there is {directory}" in said
    assert f"PYTHONPATH={directory.parent}" in said and f"sys.path.insert(0, '{directory.parent}')" in said
    with_path = host("check", script, "--python", sys.executable, PYTHONPATH=str(directory.parent))
    assert "MODEL" not in with_path.stderr and "not in sys.path" not in with_path.stderr, with_path


def test_a_misspelt_sibling_is_suggested(host):
    host.write("kitchen_tools.py", "")  # a name that no directory nearby has
    assert "did you mean 'kitchen_tools'" in refused(host, host.write("provider.py", "import kitchen_tool"))


def test_a_module_of_the_script_that_imports_something_missing_is_told_from_one_that_is_missing(host):
    host.write("helpers.py", "import some_module_of_mine")
    said = refused(host, host.write("provider.py", "import helpers"))
    assert "helpers.py, which provider.py imports, imports 'some_module_of_mine'" in said


def test_an_installed_package_that_imports_something_missing_is_named(host):
    (host.directory / "site-packages").mkdir()
    host.write("site-packages/shiny.py", "import some_module_of_theirs")
    script = host.write("provider.py", "import shiny")
    said = refused(host, script, PYTHONPATH=str(host.directory / "site-packages"))
    assert "the installed package 'shiny', which provider.py needs, imports 'some_module_of_theirs'" in said


@pytest.mark.parametrize("script", ["yaml.py", "provider.py"])
@pytest.mark.parametrize(
    "statement", ["from yaml import safe_load", "import yaml; yaml.safe_load", "import yaml.nodes"]
)
def test_a_file_that_has_the_name_of_the_package_it_hides_is_told(host, script, statement):
    host.write("yaml.py", "")
    said = refused(host, host.write(script, statement))
    whose = "the script itself" if script == "yaml.py" else str(host.directory / "yaml.py")
    assert f"'yaml' is {whose} here, which hides" in said and "another name" in said, said


def test_it_is_told_as_well_when_the_import_is_made_in_a_call(host):
    lines = ["def call_api(prompt, options, context):", "    import yaml", "    return yaml.safe_load(prompt)"]
    result = host("call", host.write("yaml.py", *lines), "hello", "--python", sys.executable)
    assert result.code == 1
    assert "'yaml' is the script itself here" in result.stderr, result


SOURCE = 'def call_api(prompt, options, context):\n    return {"output": prompt}\n'
NOTEBOOK = '{"cells": [], "metadata": null, "nbformat": 4}'


@pytest.mark.parametrize(
    "data, said",
    [
        (SOURCE.encode("utf-16"), "provider.py is text in UTF-16, not Python source; save it as UTF-8"),
        (SOURCE.encode("utf-16-le"), "provider.py is text in UTF-16, not Python source; save it as UTF-8"),
        (SOURCE.encode("utf-32"), "provider.py is text in UTF-32, not Python source; save it as UTF-8"),
        (gzip.compress(SOURCE.encode(), mtime=0), "provider.py is compressed with gzip"),
        (b"PK\x03\x04" + bytes(40), "provider.py is a zip archive"),
        (b"\x7fELF" + bytes(40), "provider.py is a compiled program"),
        (NOTEBOOK.encode(), "provider.py is a Jupyter notebook"),
        (SOURCE.encode() + b"\n\0", "provider.py has a NUL byte in line 4"),
    ],
    ids=["utf-16", "utf-16 without a mark", "utf-32", "gzip", "zip", "elf", "notebook", "nul"],
)
def test_a_file_that_is_no_source_is_told_as_what_it_is(host, data, said):
    script = host.directory / "provider.py"
    script.write_bytes(data)
    assert said in refused(host, script)


def test_a_compiled_file_is_told_as_what_it_is(host):
    source = host.write("source.py", SOURCE)
    py_compile.compile(str(source), cfile=str(host.directory / "provider.py"))
    assert "provider.py is compiled Python (.pyc)" in refused(host, host.directory / "provider.py")


def test_a_sibling_that_is_no_source_is_the_one_that_is_named(host):
    (host.directory / "helpers.py").write_bytes(SOURCE.encode("utf-16"))
    assert "helpers.py is text in UTF-16" in refused(host, host.write("provider.py", "import helpers"))
