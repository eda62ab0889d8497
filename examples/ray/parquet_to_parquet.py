"""Embeds a column of Parquet files on a Ray cluster, and writes Parquet files with one column more.

    parquet_to_parquet.py [INPUT [OUTPUT]] [--column NAME] [--actors N] [--address ADDRESS]

Without an address it takes the Ray that runs on this machine, or starts one. Without INPUT it takes the prompts of
../data/prompts.jsonl. The script, ../embeddings.py, is the one that runs without Ray; the directory it is in travels to
all nodes.
"""

import argparse
import tempfile
import time
from collections import Counter
from pathlib import Path

import pyarrow.dataset
import pyarrow.json
import pyarrow.parquet
import ray
from provider_host.ray import Provider

EXAMPLES = Path(__file__).resolve().parents[1]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("input", nargs="?", help="a Parquet file or a directory of them")
    parser.add_argument("output", nargs="?", help="a directory; by default a new one")
    parser.add_argument("--column", default="prompt")
    parser.add_argument("--actors", type=int, default=2, help="at most; each takes one CPU")
    parser.add_argument("--address", help="of a cluster, such as auto or ray://HOST:10001")
    return parser.parse_args()


def example_input(directory):
    prompts = pyarrow.json.read_json(EXAMPLES / "data" / "prompts.jsonl")
    path = str(Path(directory) / "prompts.parquet")
    pyarrow.parquet.write_table(prompts, path)
    return path


def main():
    options = arguments()
    source = options.input or example_input(tempfile.mkdtemp())
    output = options.output or tempfile.mkdtemp()
    ray.init(options.address, runtime_env={"working_dir": str(EXAMPLES)}, log_to_driver=False)
    began = time.monotonic()
    data = ray.data.read_parquet(source).map_batches(
        Provider,
        fn_constructor_kwargs={"script": "embeddings.py", "column": options.column},
        compute=ray.data.ActorPoolStrategy(min_size=1, max_size=options.actors),  # reading and writing need CPUs too
        batch_format="pyarrow",
        batch_size=128,
    )
    data.write_parquet(output)
    seconds = time.monotonic() - began

    written = pyarrow.dataset.dataset(output).to_table(columns=["embedding", "error_kind"])
    failed = Counter(written["error_kind"].drop_null().to_pylist())
    sizes = set(written["embedding"].drop_null().combine_chunks().value_lengths().to_pylist())
    print(f"{written.num_rows} rows in {seconds:.1f} s: {sum(failed.values())} failed {dict(failed) or ''}".rstrip())
    print(f"embeddings of {sizes} numbers, in {output}")


if __name__ == "__main__":
    main()
