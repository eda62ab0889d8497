"""Runs the blocks of the documentation, and compares what they print with what it shows."""

import contextlib
import re

import pytest
from snippets import EXECUTABLE, ROOT, Reader, matches, snippets_of

DOCS = ROOT / "docs"
REFERENCES = [DOCS / "reference" / name for name in ("values.md", "results.md")]
PAGES = [DOCS / "index.md", DOCS / "tutorial.md", *sorted(DOCS.glob("howto/*.md")), *REFERENCES]
# What they show is not everywhere; docs/reference/macos.md.
OF_LINUX = {"memory": "the memory of a host", "preload": "templates"}
pytestmark = pytest.mark.timeout(300)  # a page may start many programs


def marks_of(page):
    return [pytest.mark.needs_linux(OF_LINUX[page.stem])] if page.stem in OF_LINUX else []


@pytest.mark.parametrize("page", [pytest.param(page, id=page.stem, marks=marks_of(page)) for page in PAGES])
def test_what_a_page_shows_is_what_happens(page, tmp_path):
    assert EXECUTABLE.exists(), f"there is no {EXECUTABLE}; build it, or set PROVIDER_HOST_BIN"
    with Reader(tmp_path) as reader:
        for snippet in snippets_of(page):
            reader.do(snippet)


SERVED_PAGE = """
<!-- file: provider-host -->
```sh
#!/usr/bin/env python3
import http.server, os, signal, sys

signal.signal(signal.SIGTERM, lambda *_: os._exit(int(sys.argv[-1])))
host, port = sys.argv[sys.argv.index("--listen") + 1].split(":")
http.server.ThreadingHTTPServer((host, int(port)), http.server.SimpleHTTPRequestHandler).serve_forever()
```
<!-- file: health/ready -->
```text
{}
```
<!-- run -->
```sh
chmod +x provider-host
```
<!-- serve -->
```sh
./provider-host serve CODE
```
<!-- run -->
```sh
echo http://127.0.0.1:8000
python3 -c 'import urllib.request as r; print(r.urlopen("http://127.0.0.1:8000/health/ready").read().decode())'
```
<!-- output -->
```text
http://127.0.0.1:8000
{}
```
"""


@pytest.mark.parametrize("code", [0, 1])
def test_a_page_has_a_server_which_must_end_well(code, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(SERVED_PAGE.replace("CODE", str(code)), encoding="utf-8")
    reader = Reader(tmp_path)
    with contextlib.nullcontext() if code == 0 else pytest.raises(AssertionError, match="exits with 1"), reader:
        for snippet in snippets_of(page):
            reader.do(snippet)


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "examples/README.md"])
def test_links_of_pages_outside_of_the_site_lead_somewhere(page):
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / page).read_text(encoding="utf-8"))
    assert [target for target in targets if not (ROOT / page).parent.joinpath(target).exists()] == []


def test_what_a_page_shows_may_differ_only_where_it_says_so():
    assert matches("a …\n…\nz (pid 1)\n", "a b\nc\nd\nz (pid 22)\n")
    assert not matches("a …\nz\n", "a b\nc\nz\n")
    assert matches("b\na\n", "a\nb\n", "in any order") and not matches("b\na\n", "a\nb\nc\n", "in any order")
    assert not matches("1 failed\n", "2 failed\n")
