"""The function has another name than the one that is called."""


def callapi(prompt, options, context):
    return {"output": prompt}
