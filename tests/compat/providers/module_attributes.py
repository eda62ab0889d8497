"""__file__, __name__, __doc__ and __spec__ tell the script about itself."""

import os


def call_api(prompt, options, context):
    return {
        "output": [
            os.path.basename(__file__),
            os.path.isabs(__file__),
            __name__,
            __doc__.startswith("__file__"),
            __spec__.name == __name__,
            __spec__.origin == __file__,
            __package__,
        ]
    }
