"""A plain text is returned instead of a dict."""


def call_api(prompt, options, context):
    return prompt.upper()
