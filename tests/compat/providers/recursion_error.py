"""A recursion without an end runs into RecursionError, which the script survives."""


def forever(number):
    return forever(number + 1)


def call_api(prompt, options, context):
    try:
        return {"output": forever(0)}
    except RecursionError:
        return {"output": f"{prompt} is too deep"}
