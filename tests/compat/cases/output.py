"""Prints, logs, streams, encodings, the environment and the current directory."""

from ..case import Case

UNCHANGED = [("a", "a"), ("ñ 🦆", "ñ 🦆")]
ANY_TEXT = "añ 你好 🦆"


def logged_everything(directory):
    lines = (directory / "provider.log").read_text(encoding="utf-8").splitlines()
    return lines.count("INFO direct a") == lines.count("WARNING queued a") > 0


CASES = [
    Case("prints.py", UNCHANGED),
    Case("patched_print.py", [("a", True), ("b", True)]),
    Case("replaced_stdout.py", [("a", True), ("b", True)]),
    Case("rewrapped_stdout.py", [("ñ", ["ñ", "utf-8"])] * 2),
    Case("closed_stdout.py", UNCHANGED),
    Case(
        "redirected_stdout.py",
        [("a", "A"), ("b", "B")],
        one_at_a_time="redirect_stdout replaces sys.stdout for all threads",
    ),
    Case("reads_stdin.py", [("a", ["a", ""])]),
    Case("asks_user.py", [("a", "a: nobody there")]),
    Case("logging_basic.py", [("a", ["a", 10, 1])] * 2),
    Case("logging_files.py", [("a", "a")] * 2, afterwards=logged_everything),
    Case("progress_bar.py", [("a bb", 3)] * 2, needs=("tqdm",)),
    Case("locale_change.py", [("1.5", [1.5, 1e-7, [0.5, 0.5, 0.5]])] * 2),
    Case("preferred_encoding.py", [(ANY_TEXT, [ANY_TEXT, ["añb.txt"], "utf-8"])] * 2),
    Case(
        "preferred_encoding.py",
        [(ANY_TEXT, [ANY_TEXT, ["añb.txt"], "utf-8"])] * 2,
        name="c_locale",
        environment={"LC_ALL": "C"},
    ),
    Case("changes_directory.py", [("a", ["a", 'template: "« {prompt} »"', True])] * 2),
    Case(
        "changes_environment.py",
        [("a", ["a", "small", "yes"])] * 2,
        environment={"COMPAT_WANTED": "yes", "COMPAT_UNWANTED": "no"},
    ),
    Case(
        "working_directory.py",
        [("a", "a"), ("b", "b")],
        afterwards=lambda directory: (
            sorted(file.name for file in (directory / "outputs").iterdir()) == ["a.json", "b.json"]
        ),
    ),
]
