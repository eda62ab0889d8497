"""The return statement is missing."""


def call_api(prompt, options, context):
    answer = {"output": prompt}
    print(answer)
