"""Another version of the script."""

import asyncio
import os
import signal
import threading

import pytest
from provider_host import ImportFailed, Pool, ShuttingDown


@pytest.fixture
def write(tmp_path):
    """Writes a script whose calls return a version; its path."""

    def write(version, first_line=""):
        path = tmp_path / "provider.py"
        new = tmp_path / "new"
        new.write_text(f"{first_line}\ndef call_api(prompt, options, context):\n    return {{'output': {version!r}}}\n")
        new.rename(path)  # no host finds half of it
        return path

    return write


def test_new_code_serves_once_it_returns(write):
    with Pool(write("old"), workers=2) as pool:
        assert pool.call_api("x")["output"] == "old"
        write("new")
        pool.reload()
        assert {result["output"] for result in pool.map(["a", "b", "c", "d"])} == {"new"}
        assert pool.stats()["restarts_by_cause"] == {"reload": 2}


def test_a_broken_script_is_an_error_with_its_cause_and_the_pool_goes_on(write):
    with Pool(write("old")) as pool:
        write("broken", "import no_such_module_42")
        with pytest.raises(ImportFailed, match="no_such_module_42") as failed:
            pool.reload()
        assert "no_such_module_42" in str(failed.value.__cause__)
        assert pool.call_api("x")["output"] == "old"
        write("mended")
        pool.reload()
        assert pool.call_api("x")["output"] == "mended"


def test_an_event_loop_goes_on_meanwhile(write):
    async def reload():
        async with Pool(write("old")) as pool:
            assert (await pool.acall_api("x"))["output"] == "old"
            write("new")
            reloading = asyncio.ensure_future(pool.areload())
            while not reloading.done():
                assert (await pool.acall_api("x"))["output"] in ("old", "new")
            await reloading
            assert (await pool.acall_api("x"))["output"] == "new"

    asyncio.run(reload())


def test_a_pool_that_has_not_started_starts(write):
    pool = Pool(write("first"))
    pool.reload()
    try:
        assert pool.stats()["restarts"] == 0
        assert pool.call_api("x")["output"] == "first"
    finally:
        pool.shutdown()
    with pytest.raises(ShuttingDown):
        pool.reload()


def test_ctrl_c_ends_the_wait(write, tmp_path):
    began = tmp_path / "began"
    os.mkfifo(began)
    with Pool(write("old")) as pool:
        write("slow", f"import time\nopen({str(began)!r}, 'w').close()\ntime.sleep(1000)")

        def interrupt():
            began.read_text()  # once the import has begun
            os.kill(os.getpid(), signal.SIGINT)

        thread = threading.Thread(target=interrupt)
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            pool.reload()
        thread.join()
        assert pool.call_api("x")["output"] == "old"
