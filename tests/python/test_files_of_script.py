"""The files that a script has loaded, as `Pool.inspect` lists them."""

import sys
import textwrap
import zipfile

import pytest
from provider_host import Pool

API = "\ndef call_api(prompt, options, context):\n    return {'output': prompt}\n"


@pytest.fixture
def files_of(tmp_path):
    """files_of(text, **options): what is listed for a script with that text, relative to its directory."""

    def inspected(text, **options):
        (tmp_path / "provider.py").write_text(textwrap.dedent(text) + API)
        with Pool(tmp_path / "provider.py", **options) as pool:
            files = pool.inspect()["files"]
            assert pool.inspect()["files"] == files
        prefix = f"{tmp_path}/"
        assert all(each.startswith(prefix) for each in files)
        return [each[len(prefix) :] for each in files]

    return inspected


@pytest.mark.parametrize("concurrency", [1, 4])
def test_modules_beside_the_script_are_listed_and_installed_ones_are_not(files_of, tmp_path, concurrency):
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").touch()
    (tmp_path / "package" / "inner.py").write_text("import sibling")
    (tmp_path / "sibling.py").touch()
    (tmp_path / "unused.py").touch()
    files = files_of("import json, xml.dom.minidom, _ctypes, pytest, package.inner", concurrency=concurrency)
    assert files[0] == "provider.py"
    assert sorted(files[1:]) == ["package/__init__.py", "package/inner.py", "sibling.py"]


def test_modules_that_a_call_has_loaded_are_listed(tmp_path):
    (tmp_path / "later.py").touch()
    (tmp_path / "provider.py").write_text(API.replace("return", "import later; return"))
    with Pool(tmp_path / "provider.py") as pool:
        assert pool.inspect()["files"] == [str(tmp_path / "provider.py")]
        pool.call_api("")
        assert pool.inspect()["files"] == [str(tmp_path / name) for name in ("provider.py", "later.py")]


def test_a_module_in_an_archive_stands_for_the_archive(files_of, tmp_path):
    with zipfile.ZipFile(tmp_path / "modules.zip", "w") as archive:
        archive.writestr("zipped.py", "")
    assert files_of("import sys; sys.path.append(__file__.replace('provider.py', 'modules.zip')); import zipped") == [
        "provider.py",
        "modules.zip",
    ]


def test_odd_modules_are_no_obstacle(files_of, tmp_path):
    for name in ("lazy", "sibling"):
        (tmp_path / f"{name}.py").write_text("loaded = True")
    files = files_of("""
        import importlib.util, sys, types
        class Raises:
            def __getattr__(self, name): raise RuntimeError(name)
        class Silent(types.ModuleType):
            def __getattribute__(self, name): raise RuntimeError(name)
        class Odd(types.ModuleType):
            __dict__ = property(lambda self: 1 / 0)
        class Text(str): pass
        for name, file in (("none", None), ("number", 7), ("text", Text("/tmp/x.py")), ("frozen", "<frozen x>")):
            module = sys.modules[name] = types.ModuleType(name)
            module.__file__ = file
        sys.modules |= {"raises": Raises(), "silent": Silent("silent"), "odd": Odd("odd"), "nothing": None}
        sys.modules["surrogate"] = types.ModuleType("surrogate")
        sys.modules["surrogate"].__file__ = "/\\ud800.py"
        sys.modules[7] = 8
        spec = importlib.util.find_spec("lazy")
        spec.loader = importlib.util.LazyLoader(spec.loader)
        lazy = sys.modules["lazy"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(lazy)
        import sibling
    """)
    assert files == ["provider.py", "lazy.py", "sibling.py"]


def test_looking_at_a_lazy_module_does_not_load_it(tmp_path):
    (tmp_path / "lazy.py").write_text("raise SystemExit('loaded')")
    (tmp_path / "provider.py").write_text(
        "import importlib.util, sys\n"
        "spec = importlib.util.find_spec('lazy')\n"
        "spec.loader = importlib.util.LazyLoader(spec.loader)\n"
        "sys.modules['lazy'] = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(sys.modules['lazy'])\n" + API
    )
    with Pool(tmp_path / "provider.py") as pool:
        assert pool.inspect()["files"] == [str(tmp_path / name) for name in ("provider.py", "lazy.py")]


def test_the_script_is_listed_when_it_has_replaced_its_module(files_of):
    assert files_of("""
        import sys
        class Provider:
            call_api = staticmethod(lambda prompt, options, context: {"output": 1})
        sys.modules[__name__] = Provider()
    """) == ["provider.py"]


def test_a_link_is_listed_by_the_name_it_was_given(tmp_path):
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "real.py").write_text(API)
    (tmp_path / "link.py").symlink_to("target/real.py")
    with Pool(tmp_path / "link.py", python=sys.executable) as pool:
        assert str(tmp_path / "link.py") in pool.inspect()["files"]
