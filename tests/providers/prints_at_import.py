print("imported")


def call_api(prompt, options, context):
    return prompt
