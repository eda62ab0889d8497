#!/usr/bin/env python3
"""Checks that lines of Markdown have at most 100 characters; with --fix wraps paragraphs and list items to that.

Tables, fenced and indented blocks, headings and HTML comments stay as they are, as Markdown gives them their lines.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WIDTH = 100
_FENCE = re.compile(r" *(```|~~~)")
_ITEM = re.compile(r" *([-*]|\d+\.) +")
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


def main(arguments):
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True).stdout.split()
    pages = [ROOT / name for name in listed] or [*ROOT.glob("*.md"), *ROOT.glob("[!.b]*/**/*.md")]
    faulty = 0
    for page in (page for page in pages if page.exists()):
        text = page.read_text(encoding="utf-8")
        if "--fix" in arguments:
            page.write_text(fixed(text), encoding="utf-8")
            continue
        for number in too_long(text):
            faulty += 1
            print(f"{page.relative_to(ROOT)}:{number}: more than {WIDTH} characters (scripts/check_prose.py --fix)")
    return 1 if faulty else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
