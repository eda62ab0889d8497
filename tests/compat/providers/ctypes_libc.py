"""A C library is called by way of ctypes, with a callback into Python."""

import ctypes

libc = ctypes.CDLL(None)
COMPARE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))


@COMPARE
def compare(left, right):
    return left[0] - right[0]


def call_api(prompt, options, context):
    numbers = [int(word) for word in prompt.split()]
    array = (ctypes.c_int * len(numbers))(*numbers)
    libc.qsort(array, len(numbers), ctypes.sizeof(ctypes.c_int), compare)
    return {"output": list(array)}
