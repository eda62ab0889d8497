#!/usr/bin/env python3
"""Checks that lines of Markdown have at most 100 characters, and that the files of the project exist that it names.

With --fix wraps paragraphs and list items. Tables, fenced and indented blocks, headings and HTML comments stay as they
are, as Markdown gives them their lines.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WIDTH = 100
_FENCE = re.compile(r" *(```|~~~)")
_ITEM = re.compile(r" *([-*]|\d+\.) +")
# A path of the project as prose names it: below a directory of ours, or the end of the path of a C++ file.
_PATH = re.compile(r"`((?:src|docs|tests|scripts|include|pysrc|examples|benchmarks)/[\w./]+|[\w/]+\.(?:h|cc))`")
_VERBATIM = re.compile(r"#|\||<!--|:::|\[[^\]]+\]: |!\[")


def blocks(text):
    """Pairs: whether the lines of a block may be wrapped, and the lines."""
    fence, block = None, []
    for line in text.splitlines():
        opens = _FENCE.match(line)
        in_item = bool(block) and _ITEM.match(block[0]) is not None
        is_verbatim = _VERBATIM.match(line.lstrip()) or (line.startswith("    ") and not in_item)
        if fence or opens or is_verbatim or not line.strip():
            if block:
                yield True, block
                block = []
            yield False, [line]
            if opens:
                fence = None if fence == opens[1] else fence or opens[1]
        elif _ITEM.match(line) and block:
            yield True, block
            block = [line]
        else:
            block.append(line)
    if block:
        yield True, block


def words_of(text):
    """What a line may be broken between. A short code span stays whole, and a line must not begin with what starts a
    list, a quotation or a table."""
    spans = re.sub(r"`[^`]+`", lambda span: span[0].replace(" ", "\0") if len(span[0]) < 60 else span[0], text)
    words = [word.replace("\0", " ") for word in spans.split()]
    for i in range(len(words) - 1, 0, -1):
        if re.fullmatch(r"[-*+|>#]+|\d+\.", words[i]):
            words[i - 1 : i + 1] = [words[i - 1] + " " + words[i]]
    return words


def wrapped(lines):
    """One paragraph or list item, filled."""
    item = _ITEM.match(lines[0])
    lead = item[0] if item else re.match(" *", lines[0])[0]
    words = words_of(" ".join([lines[0][len(lead) :], *lines[1:]]))
    result, line = [], lead + words[0]
    for word in words[1:]:
        if len(line) + 1 + len(word) <= WIDTH:
            line += " " + word
        else:
            result.append(line)
            line = " " * len(lead) + word
    return [*result, line]


def fixed(text):
    return "".join(line + "\n" for may_wrap, lines in blocks(text) for line in (wrapped(lines) if may_wrap else lines))


def too_long(text):
    for number, (may_wrap, line) in enumerate(((may, line) for may, lines in blocks(text) for line in lines), 1):
        if may_wrap and len(line) > WIDTH and " " in line.strip():
            yield number


def missing_paths(text, files):
    """Pairs of line and path; NAME in a path stands for any name."""
    for number, line in enumerate(text.splitlines(), 1):
        for path in _PATH.findall(line):
            wanted = path.rstrip("/")
            is_there = any(f"/{file}".endswith(f"/{wanted}") or file.startswith(f"{wanted}/") for file in files)
            if not is_there and "NAME" not in path:
                yield number, path


def files_of_a_copy():
    """Those of a tree that git does not know."""
    for top in ROOT.iterdir():
        if top.name != "build" and not top.name.startswith("."):
            yield from (str(path.relative_to(ROOT)) for path in ([top] if top.is_file() else top.rglob("*")))


def main(arguments):
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.split("\n")
    files = [name for name in listed if name] or list(files_of_a_copy())
    faulty = 0
    for name in files:
        if not name.endswith(".md") or not (ROOT / name).exists():
            continue
        text = (ROOT / name).read_text(encoding="utf-8")
        if "--fix" in arguments:
            (ROOT / name).write_text(fixed(text), encoding="utf-8")
            continue
        issues = [(line, f"more than {WIDTH} characters (scripts/check_prose.py --fix)") for line in too_long(text)]
        if name != "CHANGELOG.md":
            issues += [(line, f"there is no {path}") for line, path in missing_paths(text, files)]
        for line, issue in issues:
            faulty += 1
            print(f"{name}:{line}: {issue}")
    return 1 if faulty else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
