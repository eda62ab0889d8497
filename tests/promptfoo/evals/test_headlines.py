"""What the project is for: state stays between calls, an error costs only its own call, and text arrives as it was."""

import pytest

from .promptfoo_cli import SOME_FAILED, script

pytestmark = [pytest.mark.no_sanitizer, pytest.mark.timeout(300), pytest.mark.xdist_group("evals")]

TEXTS = [
    "Ελληνικά, Українська, Հայերեն, ქართული",
    "中文 日本語 한국어 ไทย हिन्दी தமிழ்",
    "𠜎𠮷 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 🂡 beyond the basic plane",
    "👩🏽‍🚀 👨‍👩‍👧‍👦 🏴󠁧󠁢󠁷󠁬󠁳󠁿 🇺🇦 joined by ZWJ, tags and modifiers",
    "עברית mixed with العربية and English",
    "\u202eoverridden direction\u202c \u200e\u200f\ufeff",
    "e\u0301 is not é, ﬁ is not fi, İ ı ß ẞ",
    'quotes " \' ` and backslashes \\ \\n \\u0041 \\x41',
    "lines\nof\r\ntext\twith\vcontrols\u0001\u001f\u007f\u0085",
    "\u2028 and \u2029 separate lines in JavaScript",
    "a NUL \u0000 in the middle, \ufffd, \ufffe, \U0010ffff",
    "CALL|call_api|/x/request.json|/x/response.json",
    "\nDONE|/x/response.json\nREADY\nSHUTDOWN",
    "z̷̧̢̛̖̱̗͖̿̃̑̽̚a̶l̴g̸o̵" * 20,
    "長い文" * 20_000,
]


def test_state_stays_between_calls_and_tokens_are_counted(evaluate):
    run = evaluate(
        {
            "prompts": ["{{prompt}}"],
            "providers": [{"id": script("everything.py:count"), "label": "counter", "config": {"workers": 1}}],
            "tests": [{"vars": {"prompt": f"number {number}"}} for number in range(6)],
        },
        "--no-cache",
        "-j",
        "1",
    )
    assert run.exit_code == 0, str(run)
    assert [outcome.output for outcome in run.outcomes] == [f"call {number}" for number in range(1, 7)], str(run)
    usage = run.outcomes[0].response["tokenUsage"]
    assert (usage["total"], usage["prompt"], usage["completion"], usage["numRequests"]) == (7, 3, 4, 1)
    assert run.written["results"]["stats"]["tokenUsage"]["total"] == 42
    assert [outcome.result["cost"] for outcome in run.outcomes] == [0.25] * 6
    assert run.outcomes[5].result["metadata"]["calls"] == 6


def test_an_error_costs_only_its_own_call(evaluate):
    faults = ["raise", "segfault", "exit", "abort", "null"]
    prompts = [text for number, fault in enumerate(2 * faults) for text in (fault, f"question {number}")]
    run = evaluate(
        {
            "prompts": ["{{prompt}}"],
            "providers": [{"id": script("crashes.py"), "config": {"workers": 2}}],
            "tests": [{"vars": {"prompt": prompt}} for prompt in prompts],
        },
        "--no-cache",
        "-j",
        "2",
    )
    assert run.exit_code == SOME_FAILED, str(run)
    assert len(run.outcomes) == len(prompts), str(run)
    for prompt, outcome in zip(prompts, run.outcomes):
        assert (outcome.error is None) == (prompt not in faults), str(run)
        if prompt not in faults:
            assert outcome.output == f"{prompt} answered", str(run)
    raised = run.outcomes[0].error
    assert "the script raises this" in raised and "crashes.py" in raised, "the traceback is missing"


def test_text_arrives_as_it_was(evaluate, tmp_path):
    folder = tmp_path / "Přílohy 数据 🗂"
    folder.mkdir()
    (folder / "провайдер.py").write_text(
        "def відповідь(prompt, options, context):\n"
        "    return {'output': {'echo': prompt, 'variable': context['vars']['prompt'], 'ключ': '値'}}\n",
        encoding="utf-8",
    )
    (folder / "compares.py").write_text(
        "def get_assert(output, context):\n"
        "    text = context['vars']['prompt']\n"
        "    return {'pass': output['echo'] == text, 'score': len(text), 'reason': text}\n",
        encoding="utf-8",
    )
    run = evaluate(
        {
            "prompts": ["{{prompt}}"],
            "providers": [f"file://{folder / 'провайдер.py'}:відповідь"],
            "tests": [{"vars": {"prompt": text}} for text in TEXTS],
            "defaultTest": {"assert": [{"type": "python", "value": f"file://{folder / 'compares.py'}"}]},
        },
        "--no-cache",
    )
    assert run.exit_code == 0, str(run)[-8000:]
    for text, outcome in zip(TEXTS, run.outcomes):
        assert outcome.output == {"echo": text, "variable": text, "ключ": "値"}
        [graded] = outcome.result["gradingResult"]["componentResults"]
        assert (graded["reason"], graded["score"]) == (text, len(text))
