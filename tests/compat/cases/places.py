"""The same scripts under names, in directories, and with bytes that nobody expects."""

from ..case import Case

ECHO = [("a", "a"), ("b", "b")]
PLACES = {
    "spaces": "my models/my provider.py",
    "colons": "c:models:v2/provider:latest.py",
    "unicode": "données/プロバイダー 🦆.py",
    "quotes": 'it\'s "here"/pro\'vi"der.py',
    "shell": "$(HOME) & co; `x`/*?[a].py",
    "dots": "my.provider.v1.2.py",
    "dashes": "my-provider.py",
    "digits": "2024_provider.py",
    "keyword": "class.py",
    "percent": "100%25/%s.py",
    "newline": "two\nlines/provider.py",
    "deep": "/".join(["a directory with a rather long name"] * 20) + "/provider.py",
}

CASES = [
    *(Case("echo.py", ECHO, name=f"place_{name}", place=place) for name, place in PLACES.items()),
    Case("imports_json.py", [("a", ["a", True])], name="named_like_the_standard_library", place="json.py"),
    Case("echo.py", ECHO, name="named_like_a_package", place="numpy.py"),
    Case("echo.py", ECHO, name="linked", place="a link/provider.py", linked=True),
    Case(
        "sibling_import.py",
        [("a", ["kaixo", "a!", True])],
        name="linked_with_siblings",
        place="a link/provider.py",
        linked=True,
    ),
    Case("echo.py", ECHO, name="byte_order_mark", rewrite=lambda source: b"\xef\xbb\xbf" + source),
    Case("multi_line_text.py", [("a", ["one\ntwo", "a"])]),
    Case(
        "multi_line_text.py",
        [("a", ["one\ntwo", "a"])],
        name="windows_line_ends",
        rewrite=lambda source: source.replace(b"\n", b"\r\n"),
    ),
    Case("echo.py", ECHO, name="no_last_line_end", rewrite=lambda source: source.rstrip()),
    Case(
        "echo.py", ECHO, name="tabs_and_form_feeds", rewrite=lambda source: source.replace(b"    ", b"\t") + b"\x0c\n"
    ),
    Case(
        "latin_coding.py",
        [("a", ["año", 3, "a"])],
        rewrite=lambda source: source.decode().encode("latin-1"),
    ),
]
