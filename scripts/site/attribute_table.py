"""Tables of a Python class's attributes, from the annotations and the texts below them."""

import ast
import re

# The last sentence of a text, when it is but a value, is the default.
_DEFAULT = re.compile(r"(?P<text>.*\.) (?P<default>[\d.,]+( MiB)?|True|False|\"\w+\"|0: \w+)\.", re.DOTALL)


def attribute_table(path, class_name):
    """A table of Markdown with the attributes of the class in that file: name, type, default where told, meaning."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == class_name)
    rows = []
    for attribute, text in zip(body, body[1:]):
        if isinstance(attribute, ast.AnnAssign) and isinstance(attribute.target, ast.Name):
            meaning = ast.get_docstring(ast.Module([text], [])) or ""
            rows.append((attribute.target.id, ast.unparse(attribute.annotation), *split_default(meaning)))
    with_default = any(default for _, _, _, default in rows)
    columns = ["name", "type", *(["default"] if with_default else []), "meaning"]
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    for name, kind, meaning, default in rows:
        cells = [f"`{name}`", f"`{kind}`", *([default] if with_default else []), meaning]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def split_default(meaning):
    text = re.sub(r"``(.*?)``", r"`\1`", " ".join(meaning.split()))
    match = _DEFAULT.fullmatch(text)
    return (match["text"], match["default"]) if match else (text, "")
