"""A module beside the script is imported by its name, and a package beside it too."""

import sibling_words
from sibling_package.answers import answer


def call_api(prompt, options, context):
    sibling_words.used += 1
    return {"output": [sibling_words.GREETING, answer(prompt), sibling_words.used > 0]}
