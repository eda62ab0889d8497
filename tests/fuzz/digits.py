"""Python's limit on the digits of an int, which the host must neither heed nor change."""

import functools
import sys


def every_digit(function):
    """Lifts the limit while the function runs."""

    @functools.wraps(function)
    def lifted(*arguments):
        if not hasattr(sys, "set_int_max_str_digits"):
            return function(*arguments)
        limit = sys.get_int_max_str_digits()
        assert limit == sys.int_info.default_max_str_digits, f"the host has left the limit at {limit}"
        sys.set_int_max_str_digits(0)
        try:
            return function(*arguments)
        finally:
            sys.set_int_max_str_digits(limit)

    return lifted
