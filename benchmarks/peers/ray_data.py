"""Ray Data: a job over rows with a prompt, from its start to its end. The mean duration of a row.

ray_data.py ADDRESS ACTORS direct|provider PACKAGE SCRIPT. `direct` calls the function in the actor, `provider` is
Provider Host's class for `map_batches`.
"""

import sys
import time

sys.path.insert(0, sys.argv[4])

import pyarrow  # noqa: E402
import ray  # noqa: E402
from provider_host.ray import Provider  # noqa: E402
from runner import serve_measured  # noqa: E402

ROWS = 1_000  # of a batch
BLOCKS = 20


class Direct:
    def __init__(self):
        import echo

        self._call_api = echo.call_api

    def __call__(self, batch):
        outputs = [self._call_api(prompt, {}, {})["output"] for prompt in batch["prompt"].to_pylist()]
        return batch.append_column("output", pyarrow.array(outputs))


if __name__ == "__main__":
    address, actors, kind, _, script = sys.argv[1:]
    stdout, sys.stdout = sys.stdout, sys.stderr  # Ray prints warnings
    ray.init(address, log_to_driver=False)
    ray.data.DataContext.get_current().enable_progress_bars = False
    function, arguments = (Direct, {}) if kind == "direct" else (Provider, {"script": script})

    def measure(count):
        block = pyarrow.table({"prompt": ["x"] * (count // BLOCKS)})
        data = ray.data.from_arrow([block] * BLOCKS).map_batches(
            function,
            fn_constructor_kwargs=arguments,
            compute=ray.data.ActorPoolStrategy(size=int(actors)),
            batch_format="pyarrow",
            batch_size=ROWS,
        )
        start = time.perf_counter()
        results = data.materialize()
        took = time.perf_counter() - start
        blocks = ray.get(results.to_arrow_refs())
        if {value for one in blocks for value in one["output"].unique().to_pylist()} != {"x"}:
            raise SystemExit("wrong results")
        return [took / count * 1e6]

    serve_measured(measure, stdout)
