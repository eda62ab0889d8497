"""The reference of the command line, made from what the executable says of itself."""

import html
import re
import subprocess


def cli_reference(executable):
    """A page of Markdown with the help of the program and of each of its commands."""
    text = help_text(executable)
    commands = re.findall(r"^  (\w+)", text.partition("Subcommands:\n")[2].partition("\n\n")[0], re.MULTILINE)
    parts = ["# Command line\n", "What `--help` says, at every level, of the program that this site was built with.\n"]
    parts += ["## provider-host\n", *blocks(text)]
    for command in commands:
        parts += [f"## provider-host {command}\n", *blocks(help_text(executable, command))]
    return "\n".join(parts)


def help_text(executable, *command):
    return subprocess.run([executable, *command, "--help"], check=True, capture_output=True, text=True).stdout


def blocks(text):
    """Markdown for each paragraph of a help text: groups of options become tables, examples stay as they are."""
    for paragraph in text.strip().split("\n\n"):
        title, _, entries = paragraph.partition("\n")
        if title in ("Positionals:", "Subcommands:") or entries.startswith("  -"):
            yield f"**{title[:-1]}**\n"
            yield table(entries)
        else:
            yield from prose(paragraph)


def table(entries):
    rows = ["| | |", "|---|---|"]
    for entry in re.split(r"\n(?=  \S)", entries):
        name, _, meaning = entry.strip().partition("  ") if "\n" not in entry else entry.strip().partition("\n")
        rows.append(f"| `{name.strip()}` | {' '.join(meaning.split())} |")
    return "\n".join(rows) + "\n"


def prose(paragraph):
    """Lines at the margin are sentences; indented ones are shown as they stand."""
    for indented, lines in runs(paragraph.split("\n")):
        if indented:
            yield "```text\n" + "\n".join(line[2:] for line in lines) + "\n```\n"
        elif lines[0].startswith("Usage: "):
            yield f"{html.escape(' '.join(lines[:-1]))}\n" if lines[:-1] else ""
            yield f"```text\n{lines[-1][7:]}\n```\n"
        else:
            sentences = re.sub(r"\n(?!Environment: )", " ", "\n".join(lines))
            yield html.escape(sentences, quote=False).replace("\n", "\n\n") + "\n"


def runs(lines):
    """Neighbouring lines of one kind: (indented, lines). A line with the usage is of a kind of its own."""
    kinds = []
    for line in lines:
        kind = (line.startswith("  "), line.startswith("Usage: "))
        if not kinds or kinds[-1][0] != kind:
            kinds.append((kind, []))
        kinds[-1][1].append(line)
    return [(kind[0], found) for kind, found in kinds]
