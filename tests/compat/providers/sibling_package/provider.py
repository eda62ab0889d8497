"""A script in a package that puts the directory above into sys.path and imports its own package."""

import os
import sys

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from sibling_package.answers import answer
import constants


def call_api(prompt, options, context):
    return {"output": answer(prompt) + constants.MARK}
