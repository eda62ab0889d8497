"""An assertion of promptfoo whose import takes a second, as that of a machine learning library does."""

import time

time.sleep(1)


def get_assert(output, context):
    return "Say" in output
