"""`provider-host batch`: inputs that are no JSON lines are read as what they are, or named once."""

import csv
import gzip
import io
import json
import shutil
import subprocess

import pytest
from conftest import provider

ECHO = provider("echo.py")
CALLS = [{"prompt": "a"}, {"prompt": "zwei\n2", "id": 7, "vars": {"k": [1.50]}}, {"prompt": "ż"}]


def prompts(result):
    assert result.code == 0, result
    return [line["result"]["output"] for line in result.lines]


def run(host, name, content, *arguments):
    """The results of an input as a file and through a pipe, which have to be the same."""
    data = content if isinstance(content, bytes) else content.encode()
    (host.directory / name).write_bytes(data)
    result = host("batch", ECHO, name, *arguments)
    piped = host("batch", ECHO, "-", *arguments, input=data)
    assert (result.code, [line.get("result", {}).get("output") for line in result.lines]) == (
        piped.code,
        [line.get("result", {}).get("output") for line in piped.lines],
    )
    return result


@pytest.mark.parametrize(
    "name, indent, mark", [("in.json", None, b""), ("in.jsonl", 2, b"\xef\xbb\xbf"), ("in", "\t", b"")]
)
def test_an_array_of_calls(host, name, indent, mark):
    result = run(host, name, mark + json.dumps(CALLS, indent=indent, ensure_ascii=False).encode())
    assert prompts(result) == ["a", "zwei\n2", "ż"]
    assert [line["id"] for line in result.lines] == [None, 7, None]
    assert result.lines[1]["result"]["context"]["vars"] == {"k": [1.5]}


def test_pretty_printed_objects_one_behind_the_other(host):
    assert prompts(run(host, "in.jsonl", "\n".join(json.dumps(call, indent=2) for call in CALLS))) == [
        "a",
        "zwei\n2",
        "ż",
    ]
    assert prompts(run(host, "one.json", '{\n"prompt": "}]\\"{["\n}\n')) == ['}]"{[']


def test_strings_are_prompts(host):
    assert prompts(run(host, "in.json", '["a", "b\\u00e9", "]"]')) == ["a", "bé", "]"]
    assert prompts(run(host, "in.jsonl", '"a"\n"b"\n')) == ["a", "b"]


@pytest.mark.parametrize("content", ["[]", " [ ] ", "[\n]\n"])
def test_an_empty_array_is_nothing_to_do(host, content):
    result = run(host, "in.json", content)
    assert (result.code, result.stdout) == (0, "")
    assert "has no calls" in result.stderr


@pytest.mark.parametrize(
    "content, oks, said",
    [
        ('[{"prompt": "a"}, {"prompt": }, 5, {"prompt": "b"}]', [True, False, False, True], "no JSON"),
        ('[{"prompt": "a"}, {"prompt": "b"', [True, False, False], "the array has no end"),
        ('[{"prompt": "a"}', [True, False], "the array has no end"),
        ('[{"prompt": "a"},', [True, False], "the array has no end"),
        ('[{"prompt": "a"}] x', [True, False], "behind the end of the array"),
        ('[{"prompt": "a"}]]', [True, False], "behind the end of the array"),
        ('[{"prompt": "a"},,}, {"prompt": "b"}]', [True, False, False, True], "no JSON"),
        ('[{"prompt": "\\', [False, False], "no JSON"),
    ],
)
def test_faults_in_an_array_cost_themselves_only(host, content, oks, said):
    result = run(host, "in.json", content)
    assert result.code == 1
    assert [line["ok"] for line in result.lines] == oks
    assert said in " ".join(line["error"]["message"] for line in result.lines if not line["ok"])


def test_errors_in_an_array_name_the_line_where_the_item_begins(host):
    result = run(host, "in.json", '[\n{"prompt": "a"},\n\n  {\n  "id": 5},\n{"prompt": "b"}]')
    assert result.lines[1]["error"]["message"].startswith("line 4: it has no 'prompt'")
    assert result.lines[1]["id"] == 5


def test_numbers_in_an_array_keep_their_digits(host):
    lines = run(host, "in.json", '[{"prompt": "a", "id": 12345678901234567890123.50}]').stdout
    assert '"id":12345678901234567890123.50,' in lines


def table(rows, **form):
    text = io.StringIO()
    csv.writer(text, **form).writerows(rows)
    return text.getvalue()


ROWS = [
    ["prompt", "id", "language", "empty"],
    ["plain", "1", "en", ""],
    ['with "quotes", commas\nand\r\nlines', "two", "de, at", ""],
    ["żółw 🐢", "", "pl", ""],
]


@pytest.mark.parametrize(
    "delimiter, end, mark", [(",", "\r\n", b""), (",", "\n", b"\xef\xbb\xbf"), (";", "\n", b""), ("\t", "\r\n", b"")]
)
def test_a_table_has_prompts_ids_and_variables(host, delimiter, end, mark):
    result = run(host, "in.csv", mark + table(ROWS, delimiter=delimiter, lineterminator=end).encode())
    assert prompts(result) == [row[0] for row in ROWS[1:]]
    assert [line["id"] for line in result.lines] == ["1", "two", None]
    variables = [line["result"]["context"]["vars"] for line in result.lines]
    assert variables == [{"language": row[2], "empty": ""} for row in ROWS[1:]]


def test_a_table_by_its_name_or_its_first_line(host):
    text = "prompt\tx\na\t1\n"
    for name in ["in.tsv", "in", "in.jsonl"]:
        assert prompts(run(host, name, text)) == ["a"]
    assert prompts(run(host, "in.csv", table(ROWS, quoting=csv.QUOTE_ALL))) == [row[0] for row in ROWS[1:]]
    assert prompts(run(host, "one.csv", "prompt\na\n\nb")) == ["a", "b"]


def test_function_and_timeout_of_a_row(host):
    result = run(host, "in.csv", "prompt,function,timeout\na,shout,5\nb,,\nc,nothing,x\n")
    assert [line["ok"] for line in result.lines] == [True, True, False]
    assert result.lines[0]["result"] == {"output": "A"}
    assert "'timeout' must be" in result.lines[2]["error"]["message"]


def test_bad_rows_cost_themselves_only(host):
    result = run(host, "in.csv", b'prompt,x\na,1\nb\nc,1,2\n\n\xff,1\nd,1\n"e,1\n')
    assert [line["ok"] for line in result.lines] == [True, False, False, False, True, False]
    messages = [line["error"]["message"] for line in result.lines if not line["ok"]]
    assert messages == [
        "line 3: it has 1 cells, the header 2",
        "line 4: it has 3 cells, the header 2",
        "line 6: it is not valid UTF-8",
        "line 8: a quoted cell has no end",
    ]


@pytest.mark.parametrize(
    "content, said",
    [
        ("question,id\na,1\n", "no column 'prompt'; its columns are 'question', 'id'"),
        ("prompt,a,a\np,1,2\n", "the column 'a' twice"),
    ],
)
def test_a_header_that_does_not_fit_is_told_once(host, content, said):
    (host.directory / "in.csv").write_text(content)
    result = host("batch", ECHO, "in.csv")
    assert (result.code, result.stdout) == (2, "")
    assert said in result.stderr


def compressed(kind, data, parts=1):
    step = len(data) // parts + 1
    pieces = [data[at : at + step] for at in range(0, len(data), step)]
    if kind == "gz":
        return b"".join(map(gzip.compress, pieces))
    if not shutil.which("zstd"):
        pytest.skip("there is no zstd to compress with")
    return b"".join(subprocess.run(["zstd", "-c"], input=p, capture_output=True, check=True).stdout for p in pieces)


@pytest.mark.parametrize("kind", ["gz", "zst"])
@pytest.mark.parametrize("parts", [1, 3])
def test_compressed_inputs_are_read_as_they_are(host, kind, parts):
    texts = [f"prompt {i} " + "x" * (i % 500) for i in range(3000)]
    lines = "".join(json.dumps({"prompt": text}) + "\n" for text in texts).encode()
    for name in [f"in.jsonl.{kind}", "in"]:
        assert prompts(run(host, name, compressed(kind, lines, parts))) == texts
    (host.directory / f"in.txt.{kind}").write_bytes(compressed(kind, b"a\n\nb\n", parts))
    assert prompts(host("batch", ECHO, f"in.txt.{kind}")) == ["a", "", "b"]
    assert prompts(run(host, f"in.csv.{kind}", compressed(kind, table(ROWS).encode()))) == [row[0] for row in ROWS[1:]]


@pytest.mark.parametrize("kind", ["gz", "zst"])
def test_damaged_compression_is_told(host, kind):
    data = compressed(kind, b"".join(b'{"prompt": "%d"}\n' % i for i in range(20000)))
    for bad, said in [(data[:-100], "end too early"), (data[:200] + b"\xff" * 50 + data[250:], "are damaged")]:
        (host.directory / "in.jsonl").write_bytes(bad)
        for result in [host("batch", ECHO, "in.jsonl"), host("batch", ECHO, "-", input=bad)]:
            assert result.code == 2
            assert "cannot read the input" in result.stderr
            assert said in result.stderr


def test_a_resumed_run_reads_what_it_read_before(host):
    (host.directory / "in.csv").write_text(table(ROWS))
    host("batch", ECHO, "in.csv", "-o", "out.jsonl")
    output = host.directory / "out.jsonl"
    output.write_text(output.read_text().splitlines(keepends=True)[0])
    assert host("batch", ECHO, "in.csv", "-o", "out.jsonl", "--resume").code == 0
    assert len(output.read_text().splitlines()) == 3
    (host.directory / "in.csv").write_text(table([*ROWS[:2], ["other", "3", "", ""]]))
    assert "line 3 of 'in.csv'" in host("batch", ECHO, "in.csv", "-o", "out.jsonl", "--resume").stderr


YAML = "- prompt: a\n  vars: {x: 1}\n- prompt: b\n"


@pytest.mark.parametrize(
    "name, content, said",
    [
        ("in.yaml", YAML, "is YAML"),
        ("in.jsonl", YAML + YAML, "looks like YAML"),
        ("in", "prompts:\n  - a\n", "looks like YAML"),
        ("in.jsonl", "first\nsecond\nthird\n", "--input-format text"),
        ("in.md", "What is this?\n", "--input-format text"),
        ("in.xml", "<prompts>\n</prompts>\n", "XML"),
        ("in.py", "def call_api():\n    pass\n", "first comes SCRIPT, then INPUT"),
        ("in.jsonl", '{"prompt": "a"}\n'.encode("utf-16"), "UTF-16"),
        ("in.jsonl", '{"prompt": "a"}\n'.encode("utf-16-be"), "UTF-16"),
        ("in.txt", "a\nb\n".encode("utf-16-le"), "UTF-16"),
        ("in.xlsx", b"PK\x03\x04\x14\x00" + bytes(100), "CSV"),
        ("in.jsonl.xz", b"\xfd7zXZ\x00\x00", "xz -dc"),
        ("in.parquet", b"PAR1" + bytes(100), "Parquet"),
        ("in", b"\x7fELF" + bytes(100), "is a program"),
        ("in", bytes(range(256)), "is binary"),
    ],
)
def test_what_cannot_be_read_is_named_once_with_what_to_do(host, name, content, said):
    data = content if isinstance(content, bytes) else content.encode()
    (host.directory / name).write_bytes(data)
    result = host("batch", ECHO, name, "-o", "out.jsonl")
    assert result.code == 2, result
    assert result.stderr.count("\n") == 1
    assert f"the input '{name}'" in result.stderr
    assert said in result.stderr
    assert not (host.directory / "out.jsonl").exists()
    if name.endswith((".py", ".txt", ".yaml")) or name == "in.jsonl" and data == content:
        return
    piped = host("batch", ECHO, "-", input=data)
    assert (piped.code, piped.stdout) == (2, "")
    assert said in piped.stderr


def test_the_format_can_be_said(host):
    assert prompts(run(host, "in.md", "What?\n[1]\n", "--input-format", "text")) == ["What?", "[1]"]
    assert prompts(run(host, "in.dat", "x,prompt\n1,a\n", "--input-format", "csv")) == ["a"]
    assert prompts(run(host, "in.csv", '{"prompt": "a"}\n', "--input-format", "jsonl")) == ["a"]
    assert run(host, "in", "a\nb\nc\n", "--input-format", "jsonl").code == 1
    assert "jsonl|json|csv|tsv|text" in host("batch", ECHO, "-", "--input-format", "yaml").stderr


def test_tables_and_texts_need_an_api(host):
    for name, content in [("in.csv", "prompt\na\n"), ("in.txt", "a\n")]:
        (host.directory / name).write_text(content)
        result = host("batch", f"{ECHO}:add", name, "--api", "none")
        assert result.code == 2
        assert "with --api none" in result.stderr
    result = run(host, "in.json", '[{"args": [1, 2]}, {"args": [3]}]')
    (host.directory / "in.json").write_text('[{"args": [1, 2]}, {"args": [3]}]')
    result = host("batch", f"{ECHO}:add", "in.json", "--api", "none")
    assert [line["result"] for line in result.lines] == [3, 3]


# --- prompts that are lists of messages


@pytest.mark.parametrize(
    "written, passed",
    [
        ('[ {"role": "user", "content": "h\\u00e9 \\/"} ]', '[{"role":"user","content":"hé /"}]'),
        ('{"b": 1.0, "a": [1e2, 0.5, null, true]}', '{"b":1,"a":[100,0.5,null,true]}'),
        ("[]", "[]"),
    ],
)
def test_a_list_of_messages_is_passed_as_its_json_text(host, written, passed):
    result = host("batch", ECHO, host.write("in.jsonl", f'{{"prompt": {written}}}'))
    assert prompts(result) == [passed]
    assert result.lines[0]["result"]["context"]["prompt"]["raw"] == passed
