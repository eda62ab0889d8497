"""test.test_multiprocessing_spawn, which CPython 3.11 and 3.12 do not install; a file, as children import it too."""

from test import _test_multiprocessing

_test_multiprocessing.install_tests_in_module_dict(globals(), "spawn")
