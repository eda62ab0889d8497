"""Python in all other places of a configuration: assertions, prompts, transforms, variables, tests, and hooks."""

import pytest

from .promptfoo_cli import SOME_FAILED, script

pytestmark = [pytest.mark.no_sanitizer, pytest.mark.timeout(300), pytest.mark.xdist_group("evals")]
GREETS = {"id": script("greets.py"), "label": "greets"}


def python(value, **more):
    return {"type": "python", "value": value, **more}


def test_assertions(evaluate):
    in_file = {
        name: python(script(f"assertions.py:{name}"))
        for name in ("true", "false", "score", "snake_case", "asynchronous", "Judge.judge", "raises")
    }
    assertions = [
        python(script("assertions.py")),
        *in_file.values(),
        python(script("assertions.py:score"), threshold=0.8),
        python(script("assertions.py:graded"), config={"limit": 3}, metric="greeting"),
        {"type": "not-python", "value": script("assertions.py:false")},
        {"type": "equals", "value": script("assertions.py:expected")},
        python("output.startswith('Hello') and context['vars']['name'] == 'Ada'"),
        python("import math\nreturn math.sqrt(len(output)) > 100"),
        python("{'pass': True, 'score': 0.5, 'reason': 'écrit in the configuration 🖋'}"),
        python("no_such_name + 1"),
    ]
    run = evaluate(
        {
            "prompts": ["Greet {{name}}!"],
            "providers": [GREETS],
            "tests": [{"vars": {"name": "Ada"}, "description": "the test", "assert": assertions}],
        },
        "--no-cache",
    )
    assert run.exit_code == SOME_FAILED, str(run)
    [outcome] = run.outcomes
    graded = outcome.result["gradingResult"]["componentResults"]
    told = [(part["pass"], part["score"], part["reason"]) for part in graded if part["reason"] != "a part"]
    by_place = dict(zip(("default", *in_file), told))
    assert len(told) == len(assertions), "\n".join(map(str, told))
    assert [passed for passed, _, _ in told] == [
        *(True, True, False, True, True, True, True, False),
        *(False, True, True, True, True, False, True, False),
    ], "\n".join(map(str, told))
    assert by_place["score"][1] == 0.75
    assert by_place["asynchronous"][2] == "asynchronous"
    assert by_place["Judge.judge"][2] == "judged by a class"
    assert "LookupError: the assertion raises this" in by_place["raises"][2]
    assert "assertions.py" in by_place["raises"][2], "the traceback is missing"
    assert told[9] == (True, 0.5, "Ada is greeted, limit 3, the test")
    assert told[14] == (True, 0.5, "écrit in the configuration 🖋")
    assert "no_such_name" in told[15][2]
    scores = outcome.result["namedScores"]
    assert (scores["warmth"], scores["length"], scores["greeting"]) == (0.25, len("Hello Ada!"), 0.5)


def test_a_file_of_assertions_is_not_imported_for_each_of_them(evaluate, tmp_path):
    (tmp_path / "checks.py").write_text(
        "open('imports.txt', 'a').write('once\\n')\n"
        "checked = 0\n\n\n"
        "def get_assert(output, context):\n"
        "    global checked\n"
        "    checked += 1\n"
        "    return {'pass': True, 'score': 1, 'reason': f'check {checked}'}\n"
    )
    run = evaluate(
        {
            "prompts": ["Greet {{name}}"],
            "providers": [GREETS],
            "tests": [{"vars": {"name": f"person {number}"}} for number in range(12)],
            "defaultTest": {"assert": [python(f"file://{tmp_path / 'checks.py'}")]},
        },
        "--no-cache",
        "-j",
        "1",
    )
    assert run.exit_code == 0, str(run)
    assert len((tmp_path / "imports.txt").read_text().split()) < 6, str(run)


def test_prompts_transforms_and_variables(evaluate):
    run = evaluate(
        {
            "prompts": [
                {"id": script("prompts.py:chat"), "label": "chat", "config": {"language": "Welsh"}},
                {"id": script("prompts.py:text"), "label": "text"},
                {"id": script("prompt_program.py"), "label": "program"},
                {"raw": "Greet {{name}} with {{made}} and {{added}}", "label": "raw"},
            ],
            "providers": [
                {**GREETS, "transform": script("transforms.py")},
                {"id": script("greets.py"), "label": "plain"},
            ],
            "defaultTest": {
                "vars": {"made": script("variables.py")},
                "options": {
                    "transformVars": script("transforms.py:more_variables"),
                    "transform": script("transforms.py:louder"),
                },
            },
            "tests": [{"vars": {"name": "ada"}}],
        },
        "--no-cache",
    )
    assert run.exit_code == 0, str(run)
    outputs = {(outcome.result["prompt"]["label"], outcome.provider): outcome.output for outcome in run.outcomes}
    assert outputs == {
        ("chat", "greets"): "YOU SPEAK WELSH. / HELLO ADA 👋 FOR GREETS! [Ada]",
        ("chat", "plain"): "YOU SPEAK WELSH. / HELLO ADA 👋 FOR PLAIN [Ada]",
        ("text", "greets"): "HELLO ADA IN A TEXT! [Ada]",
        ("text", "plain"): "HELLO ADA IN A TEXT [Ada]",
        ("program", "greets"): "HELLO ADA FROM A PROGRAM! [Ada]",
        ("program", "plain"): "HELLO ADA FROM A PROGRAM [Ada]",
        ("raw", "greets"): "HELLO ADA WITH MADE MADE FOR ADA AND BY A TRANSFORM! [Ada]",
        ("raw", "plain"): "HELLO ADA WITH MADE MADE FOR ADA AND BY A TRANSFORM [Ada]",
    }, str(run)


def test_generators_and_hooks(evaluate, tmp_path):
    run = evaluate(
        {
            "prompts": ["Greet {{name}}"],
            "providers": [GREETS],
            "tests": [
                {"path": script("generators.py:generate_tests"), "config": {"count": 3}},
                script("generators.py:one"),
            ],
            "extensions": [script("hooks.py:extension_hook"), script("hooks.py:afterEach")],
        },
        "--no-cache",
        "-j",
        "1",
    )
    assert run.exit_code == 0, str(run)
    names = ["person 0", "person 1", "person 2", "Ada", "added by a hook"]
    assert [outcome.output for outcome in run.outcomes] == [f"Hello {name}, hooked" for name in names], str(run)
    assert [outcome.result["namedScores"].get("hooked") for outcome in run.outcomes] == [0.5] * 5, str(run)
    told = [line.split(" [")[0] for line in (tmp_path / "hooks.txt").read_text().splitlines()]
    each = ["beforeEach", "afterEach", "afterEach alone"]
    assert told[0] == "beforeAll" and told[-1] == "afterAll", told
    assert sorted(told[1:-1]) == sorted(5 * each), told
