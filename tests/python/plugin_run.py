"""Runs pytest with the plugin on a provider script, as a user would, and reads what it says."""

import re
import textwrap
import xml.etree.ElementTree as ElementTree

from package_under_test import PACKAGE

GOOD = """
import json

calls = 0


def call_api(prompt, options, context):
    global calls
    calls += 1
    try:
        messages = json.loads(prompt)
    except ValueError:
        messages = [{"role": "user", "content": prompt}]
    text = messages[-1]["content"] if isinstance(messages, list) else prompt
    return {"output": text[:100], "tokenUsage": {"total": len(text), "prompt": len(text), "completion": 0}}
"""


class Run:
    """A finished run of pytest."""

    def __init__(self, result, report):
        self.text = result.stdout.str() + result.stderr.str()
        self.code = result.ret
        self.cases = list(ElementTree.parse(report).iter("testcase")) if report.exists() else []

    def names(self, outcome=None):
        """Names of the tests that ended so: "failure", "error", "skipped", "passed"; by default all."""
        found = []
        for case in self.cases:
            ended = [child.tag for child in case if child.tag in ("failure", "error", "skipped")] or ["passed"]
            if outcome in (None, ended[0]):
                found.append(case.get("name"))
        return found

    def says(self, sentence):
        """Whether the text holds the sentence, however its lines are broken."""
        return " ".join(sentence.split()) in re.sub(r"\s+", " ", self.text)

    def __repr__(self):
        return f"exit code {self.code}\n{self.text}"


class PluginRun:
    """Runs pytest in the directory of pytester, where tests first write their files."""

    def __init__(self, pytester, monkeypatch):
        self._pytester = pytester
        monkeypatch.setenv("PYTHONPATH", PACKAGE)
        monkeypatch.setenv("COLUMNS", "120")
        for name in ("PYTEST_ADDOPTS", "MY_KEY"):
            monkeypatch.delenv(name, raising=False)

    def write(self, name, text):
        path = self._pytester.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        return path

    def __call__(self, *arguments):
        report = self._pytester.path / "report.xml"
        report.unlink(missing_ok=True)
        # langsmith, which providers of tests/compat need, brings a plugin whose import takes longer than a whole run.
        plugins = ("-p", "provider_host.pytest_plugin", "-p", "no:cacheprovider", "-p", "no:langsmith_plugin")
        return Run(self._pytester.runpytest_subprocess(*plugins, f"--junitxml={report}", *arguments), report)
