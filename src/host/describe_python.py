"""Tells what building a host for the Python that runs this needs to know: one line each, lists separated by semicolons.

A distribution may lie elsewhere than where it was built, so what the interpreter sees now comes before what sysconfig
remembers of the build.
"""

import os
import sys
import sysconfig


def variable(name):
    return str(sysconfig.get_config_var(name) or "")


def existing(paths):
    return [path for path in dict.fromkeys(map(os.path.normpath, paths)) if os.path.exists(path)]


def mapped_libpython():
    """The shared libpython that this process runs on; none when the interpreter contains it."""
    try:
        with open("/proc/self/maps", "rb") as maps:
            files = [os.fsdecode(line.rstrip(b"\n").split(None, 5)[5]) for line in maps if line.count(b"/")]
    except OSError:
        return []
    return [file for file in files if os.path.basename(file).startswith("libpython%d.%d" % sys.version_info[:2])]


def directories_of_base():
    """Where installations have libpython, newest knowledge first."""
    base = sys.base_prefix
    arch = getattr(sys.implementation, "_multiarch", "")
    own = [os.path.join(base, "lib"), os.path.join(base, getattr(sys, "platlibdir", "lib"))]
    own += [os.path.join(base, "lib", arch), base]
    return own + [variable("LIBDIR"), os.path.join(variable("LIBDIR"), variable("MULTIARCH"))]


def shared_libraries():
    name = "libpython" + variable("LDVERSION")
    endings = (".dylib",) if sys.platform == "darwin" else (".so", ".so.1.0")
    beside = [os.path.join(directory, name + ending) for directory in directories_of_base() for ending in endings]
    framework = variable("PYTHONFRAMEWORKPREFIX")  # of macOS, with the path of the library below it
    if framework:
        beside.append(os.path.join(framework, variable("LDLIBRARY")))
    return existing(mapped_libpython() + beside)


def static_libraries():
    config = os.path.join(sysconfig.get_path("stdlib"), os.path.basename(variable("LIBPL")))
    names = ["libpython%s%s.a" % (variable("LDVERSION"), suffix) for suffix in ("-pic", "")]
    directories = [config, *directories_of_base(), variable("LIBPL")]
    return existing(os.path.join(directory, name) for name in names for directory in directories)


def header_directories():
    own = os.path.join(sys.base_prefix, "include", "python" + variable("LDVERSION"))
    here = [sysconfig.get_path("include"), own, sysconfig.get_path("platinclude")]
    for directories in (here, [variable("INCLUDEPY")]):
        found = existing(directories)
        if any(os.path.exists(os.path.join(directory, "Python.h")) for directory in found):
            return found
    return here[:1]


def libraries_of_static():
    flags = " ".join(map(variable, ("LIBS", "SYSLIBS", "MODLIBS"))).split()
    return dict.fromkeys(flag for flag in flags if flag.startswith("-l") or flag == "-pthread")


print("%d.%d" % sys.version_info[:2] + sys.abiflags)
print(";".join(header_directories()))
print(";".join(shared_libraries()[:1]))
print(";".join(static_libraries()[:1]))
print(";".join(libraries_of_static()))
print(variable("EXT_SUFFIX"))
