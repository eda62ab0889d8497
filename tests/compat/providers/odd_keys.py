"""Keys of dicts that are no strings: numbers, booleans and None."""


def call_api(prompt, options, context):
    return {"output": {1: prompt, 2.5: "b", True: "c", None: "d"}}
