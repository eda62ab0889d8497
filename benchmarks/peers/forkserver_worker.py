"""Workers that a fork server of multiprocessing forks after it has imported a script: what Python itself offers."""

import importlib
import multiprocessing
import sys
from multiprocessing import forkserver


class Worker:
    """A process that answers over a pipe."""

    def __init__(self, context, script):
        self.pipe, other = context.Pipe()
        self._process = context.Process(target=_work, args=(other, script), daemon=True)
        self._process.start()
        other.close()

    def ask(self, prompt, options):
        self.send(prompt, options)
        return self.answer()

    def send(self, prompt, options):
        self.pipe.send((prompt, options))

    def answer(self):
        result = self.pipe.recv()
        if not result.pop("was_imported") or result["imported_by"] == result["pid"]:
            raise SystemExit(f"the fork server has not imported the script: {result}")
        return result

    def end(self):
        self.pipe.close()
        self._process.join()


def context_for(script):
    """With a fork server that imports the module `script`, and this one."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([script, __name__])
    return context


def without_main():
    """Python runs the file of the program again in each worker, as far as it has no `if __name__`. Not after this."""
    del sys.modules["__main__"].__file__


def server_pid():
    return forkserver._forkserver._forkserver_pid


def stop_server():
    forkserver._forkserver._stop()


def _work(pipe, script):
    was_imported = script in sys.modules
    module = importlib.import_module(script)
    try:
        while True:
            pipe.send(module.call_api(*pipe.recv(), {}) | {"was_imported": was_imported})
    except EOFError:
        pass
