"""The reference of the C++ API, made from the public headers: declarations with the comments above and beside them.

It reads what clang-format leaves of this project's headers (a declaration begins on a line of its own, `///` above it
or `///<` beside it), not C++ at large.
"""

import re
import textwrap
from dataclasses import dataclass, field
from typing import List

ORDER = [
    "pool",
    "call",
    "outcome",
    "outcome_sink",
    "error",
    "options",
    "option_table",
    "stats",
    "script_report",
    "interpreters",
]
WIDTH = 88  # of a line of code on the page
INTRODUCTION = """# C++ API

From the public headers, in the namespace `provider_host`; `#include <provider_host/pool.h>` includes all but
`interpreters.h` and `option_table.h`. [From C++ with CMake](../howto/cpp.md) shows how to build with them.
"""


@dataclass
class Declaration:
    code: str
    comment: str
    members: List["Declaration"] = field(default_factory=list)
    heading: str = ""  # that of the group of members which begins here

    @property
    def name(self):
        before = re.sub(r"\s*(=|\{|: ).*", "", self.code.partition("(")[0], flags=re.DOTALL).rstrip(";")
        return "operator<<" if "operator<<" in before else before.split()[-1]

    @property
    def is_function(self):
        return "(" in self.code.partition("=")[0] and not re.match(r"struct|class|enum|std::function", self.code)

    @property
    def row(self):
        """Name, type with default, meaning: a row for a member that is no function."""
        code = " ".join(self.code.rstrip(";").split())
        match = re.match(r"(.*?\S) (\w+)( = .*|)$", code)
        name, kind = (match[2], f"`{match[1]}{match[3]}`") if match else (code, "")
        return f"| `{name}` | {kind} | {' '.join(self.comment.split())} |"


def cpp_reference(directory):
    """A page of Markdown for all headers in the directory."""
    names = [path.stem for path in directory.glob("*.h")]
    parts = [INTRODUCTION]
    for name in sorted(names, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name)):
        found = declarations(namespace_of((directory / f"{name}.h").read_text(encoding="utf-8")))
        if found:  # else it is internal
            parts.append(f"## {name}.h\n")
        for declaration in found:
            parts += section(declaration)
    return "\n".join(parts)


def namespace_of(text):
    """The lines of the namespace, without what is internal."""
    inside = text.partition("\nnamespace provider_host {\n")[2].rpartition("\n}  // namespace provider_host")[0]
    return re.sub(r"namespace internal \{.*?\}  // namespace internal\n", "", inside, flags=re.DOTALL).split("\n")


def declarations(lines):
    """The public declarations among the lines, each with its comment."""
    found, comment, heading = [], [], ""
    public = True
    lines = iter(lines)
    for line in lines:
        text = line.strip()
        if text in ("public:", "private:"):
            public = text == "public:"
        elif text.startswith("///<"):
            found[-1].comment += "\n" + text[4:].strip()
        elif text.startswith("///"):
            comment.append(text[3:])
        elif text.startswith("// --- "):
            heading = text[7:]
        elif text.startswith("//") or not text or text.startswith("friend "):
            continue
        else:
            whole = whole_declaration(line, lines)
            if public and not re.search(r"= (delete|default);", whole[0]):
                found.append(declaration_of(whole, comment))
                found[-1].heading, heading = heading, ""
            comment = []
    return found


def whole_declaration(line, following):
    """The lines from this one to the end of the declaration."""
    whole = [line]
    while not ends("\n".join(whole)):
        whole.append(next(following))
    return whole


def ends(text):
    code = re.sub(r"//.*", "", text).rstrip()
    balanced = code.count("{") == code.count("}") and code.count("(") == code.count(")")
    return balanced and code.endswith((";", "}", ","))


def declaration_of(lines, comment):
    """What is told of one declaration; that of a type without its body, which becomes members."""
    comment = textwrap.dedent("\n".join(comment))
    if re.match(r"\s*(struct|class)\b.*\{$", lines[0]):
        head = lines[0].strip()[:-1].strip()
        return Declaration(head, comment, declarations(lines[1:-1]))
    if re.match(r"\s*enum class\b.*\{$", lines[0]):
        values = [re.sub(r"^(\s*\w+)(,?)", r"\1;", line) for line in lines[1:-1]]
        return Declaration(lines[0].strip()[:-1].strip(), comment, declarations(values))
    beside = " ".join(re.findall(r"///<(.*)", "\n".join(lines)))
    code = textwrap.dedent("\n".join(re.sub(r"\s*///<.*", "", line) for line in lines)).replace("[[nodiscard]] ", "")
    if "(" in code.partition("{")[0] and "{" in code and not code.startswith("enum"):
        code = re.sub(r"\s*(: \w+_\(.*)?\{[^{}]*(\{[^{}]*\}[^{}]*)*\}$", ";", code, flags=re.DOTALL)
    return Declaration(code, (comment + "\n" + beside).strip())


def section(declaration):
    """A type, or a function outside of types."""
    yield f"### {declaration.name}\n"
    yield code_block(declaration.code)
    yield prose(declaration.comment)
    functions = [member for member in declaration.members if member.is_function]
    data = [member for member in declaration.members if not member.is_function]
    yield from data_tables(data)
    for function in functions:
        yield code_block(function.code)
        yield prose(function.comment)


def data_tables(members):
    """A table for each group of members."""
    rows = []
    for member in members:
        if member.heading:
            yield table(rows)
            yield f"**{member.heading[0].upper()}{member.heading[1:]}**\n"
            rows = []
        rows.append(member.row)
    yield table(rows)


def table(rows):
    return "\n".join(["| | | |", "|---|---|---|", *rows]) + "\n" if rows else ""


def code_block(code):
    if max(map(len, code.split("\n"))) > WIDTH:
        name, _, rest = " ".join(code.split()).partition("(")
        parameters, _, end = rest.rpartition(")")
        code = f"{name}(\n    " + re.sub(r", (?=(const|std|Call)\b)", ",\n    ", parameters) + f"){end}"
    return f"```cpp\n{code}\n```\n"


def prose(comment):
    """The comment as Markdown, where a list needs an empty line before it."""
    return re.sub(r"(?<!\n)\n(?= *- )(?<! -)", "\n\n", comment, count=1) + "\n"
