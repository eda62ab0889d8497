"""A result that contains itself."""


def call_api(prompt, options, context):
    result = {"output": [prompt]}
    result["output"].append(result)
    return result
