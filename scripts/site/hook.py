"""What MkDocs calls while it builds: it adds the pages that are made, leads links out of docs/ to where they go, and
shows what the comments above blocks say (tests/docs/snippets.py): names of files, and what is output.

The executable whose help is shown is $PROVIDER_HOST_BIN, else build/bin/provider-host.
"""

import os
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from attribute_table import attribute_table  # noqa: E402
from header_page import cpp_reference  # noqa: E402
from help_page import cli_reference  # noqa: E402
from mkdocs.structure.files import File  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
# Files beside docs/ that are pages too. What they link to below docs/ is beside them then.
PAGES = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md", "examples/README.md": "examples.md"}
LINKS = {**PAGES, "README.md": "index.md"}


def on_files(files, config):
    executable = os.environ.get("PROVIDER_HOST_BIN", str(ROOT / "build/bin/provider-host"))
    made = {
        "reference/cli.md": cli_reference(executable),
        "reference/cpp.md": cpp_reference(ROOT / "include/provider_host"),
    }
    for source, page in PAGES.items():
        made[page] = (ROOT / source).read_text(encoding="utf-8").replace("](docs/", "](")
    for page, text in made.items():
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown, page, **_):
    up = "../" * page.file.src_uri.count("/")

    def lead(match):
        return f"]({up}{LINKS[match[1]]}{match[2]})" if match[1] in LINKS else match[0]

    markdown = re.sub(r"^<!-- attributes of (\w+) in ([\w/.]+) -->$", attributes, markdown, flags=re.MULTILINE)
    markdown = re.sub(r"^<!-- file: (\S+) -->\n(```\w+)$", r'\2 title="\1"', markdown, flags=re.MULTILINE)
    markdown = re.sub(r"^<!-- output.* -->\n```(\w+)$", r"``` { .\1 .output }", markdown, flags=re.MULTILINE)
    return re.sub(r"\]\((?:\.\./)+([\w/]+\.md)(#[\w-]+|)\)", lead, markdown)


def attributes(match):
    return attribute_table(ROOT / match[2], match[1])
