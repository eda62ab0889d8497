# -*- coding: latin-1 -*-
"""The source is in Latin-1 and says so in a cookie."""

WORD = "año"


def call_api(prompt, options, context):
    return {"output": [WORD, len(WORD), prompt]}
