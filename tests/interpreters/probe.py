"""Reports on the interpreter that runs it: printed when run by `python`, returned by call_api in a host."""

import asyncio
import gc
import json
import locale
import os
import signal
import site
import subprocess
import sys
import sysconfig
import tracemalloc
import warnings


def installed():
    """What the virtual environment has and its base has not."""
    try:
        import only_in_venv
    except ImportError as error:
        return str(error)
    return [only_in_venv.__file__, only_in_venv.VALUE]


def stream(name):
    one = getattr(sys, name)
    return [one.encoding, one.errors, one.line_buffering, one.write_through, type(one).__name__]


def child():
    code = "import sys; print([sys.executable, sys.prefix, sys.path, sys.flags, sys._xoptions, sys.warnoptions])"
    return subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True).stdout.decode()


def report():
    names = (
        "executable prefix exec_prefix base_prefix base_exec_prefix version hexversion abiflags path argv warnoptions "
        "_xoptions dont_write_bytecode pycache_prefix platlibdir platform byteorder maxsize orig_argv"
    )
    found = {name: getattr(sys, name, None) for name in names.split()}
    found["version_info"] = list(sys.version_info)
    found["flags"] = repr(sys.flags)
    found["implementation"] = [sys.implementation.name, sys.implementation.cache_tag]
    found["builtin_modules"] = sorted(sys.builtin_module_names)
    found["meta_path"] = [str(each) for each in sys.meta_path]
    found["hash"] = hash("provider")
    found["debug"] = __debug__
    found["encodings"] = [sys.getdefaultencoding(), sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()]
    found["locale"] = [locale.getpreferredencoding(False), list(locale.getlocale()), locale.setlocale(locale.LC_ALL)]
    found["streams"] = [stream(name) for name in ("stdin", "stdout", "stderr")]
    found["site"] = [site.getsitepackages(), site.ENABLE_USER_SITE, site.getusersitepackages()]
    found["warning_filters"] = [[str(part) for part in each] for each in warnings.filters]
    found["sysconfig"] = sysconfig.get_paths()
    found["limits"] = [sys.getrecursionlimit(), sys.getswitchinterval(), list(gc.get_threshold()), gc.isenabled()]
    found["tracemalloc"] = tracemalloc.is_tracing()
    found["asyncio_debug"] = asyncio.new_event_loop().get_debug()
    found["signals"] = [str(signal.getsignal(each)) for each in (signal.SIGINT, signal.SIGPIPE, signal.SIGTERM)]
    found["gil"] = getattr(sys, "_is_gil_enabled", lambda: True)()
    found["pth"] = os.environ.get("PROBE_PTH")
    found["installed"] = installed()
    found["child"] = child()
    found["file"] = __file__
    return found


REPORT = report()


def call_api(prompt, options, context):
    return {"output": REPORT}


if __name__ == "__main__":
    print(json.dumps(REPORT))
