"""`provider_host.ray.Provider` in jobs of Ray Data."""

import subprocess
import sys
from pathlib import Path

import pytest
from python.package_under_test import ROOT, wait_until_gone

pytest.importorskip("ray.data")  # Python takes this directory for "ray" where Ray is not installed
ray = pytest.importorskip("ray")
pa = pytest.importorskip("pyarrow")
pytestmark = pytest.mark.xdist_group("ray")

SCRIPT = """
import os
import signal


def call_api(prompt, options, context):
    if prompt == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    return {"output": str(os.getpid())}


def call_embedding_api(prompt, options):
    return {"embedding": [1, len(prompt) / 2]}
"""


@pytest.fixture(scope="module")
def job(cluster, tmp_path_factory):
    """Runs a job over prompts: job(prompts, arguments of Provider, those of map_batches). Returns an Arrow table."""
    from provider_host.ray import Provider

    scripts = tmp_path_factory.mktemp("scripts")
    (scripts / "script.py").write_text(SCRIPT)
    (scripts / "broken.py").write_text("import no_such_module\n")
    cluster.connect(runtime_env={"working_dir": str(scripts)})
    ray.data.DataContext.get_current().enable_progress_bars = False

    def run(prompts, provider=None, **options):
        source = pa.table({"prompt": pa.array(prompts, pa.string())})
        data = ray.data.from_arrow(source).map_batches(
            Provider,
            fn_constructor_kwargs={"script": "script.py", **(provider or {})},
            compute=ray.data.ActorPoolStrategy(size=1),
            **options,
        )
        return pa.concat_tables(ray.get(data.to_arrow_refs())).combine_chunks()

    yield run
    cluster.connect()


def test_a_script_that_cannot_be_imported_ends_the_job_with_its_traceback(job):
    with pytest.raises(ray.exceptions.RayError, match="(?s)import no_such_module.*on node .*'no_such_module'"):
        job(["a"], {"script": "broken.py"})


def test_a_script_that_is_only_elsewhere_ends_the_job_with_the_remedy(job):
    with pytest.raises(ray.exceptions.RayError, match="no script '.*elsewhere.py' on node .*working_dir"):
        job(["a"], {"script": "elsewhere.py"})


def test_a_prompt_that_kills_hosts_costs_its_rows_alone_and_hosts_end_with_the_job(job):
    prompts = ["crash" if number % 50 == 0 else "fine" for number in range(200)]
    rows = job(prompts, {"workers": 2, "max_consecutive_crashes": 100}, batch_format="pyarrow", batch_size=64)
    assert rows["prompt"].to_pylist() == prompts
    kinds = ["host_crashed" if prompt == "crash" else None for prompt in prompts]
    assert rows["error_kind"].to_pylist() == kinds
    for pid in set(rows["output"].drop_null().to_pylist()):
        wait_until_gone(int(pid))


@pytest.mark.parametrize("batch_format", ["pyarrow", "pandas", "numpy"])
def test_batches_of_every_format_give_the_same_columns(job, batch_format):
    rows = job(["abc", None, "a"], {"function": "call_embedding_api"}, batch_format=batch_format)
    assert rows["prompt"].to_pylist() == ["abc", None, "a"]
    assert rows["embedding"].to_pylist() == [[1, 1.5], None, [1, 0.5]]
    assert rows["error_kind"].to_pylist() == [None, "invalid_request", None]
    assert rows["embedding"].type.value_type == pa.float64()
    assert pa.types.is_floating(rows["latency_ms"].type) and not pa.types.is_null(rows["error_message"].type)


def test_the_example_reads_parquet_and_writes_parquet(job, tmp_path):
    pytest.importorskip("sklearn")
    parquet = pytest.importorskip("pyarrow.parquet")
    source, output = tmp_path / "in.parquet", tmp_path / "out"
    texts = [None] + 29 * ["Where is the station?"]
    parquet.write_table(pa.table({"id": range(30), "text": texts}), source)
    address = ray.get_runtime_context().gcs_address
    ran = subprocess.run(
        [sys.executable, ROOT / "examples/ray/parquet_to_parquet.py", source, output, "--column=text"]
        + ["--actors=1", f"--address={address}"],
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    assert "1 failed {'invalid_request': 1}\nembeddings of {64} numbers" in ran.stdout
    written = parquet.read_table(output).sort_by("id")
    assert written["id"].to_pylist() == list(range(30))
    assert [len(numbers) for numbers in written["embedding"].to_pylist()[1:]] == [64] * 29
    assert len(list(Path(output).glob("*.parquet"))) >= 1
