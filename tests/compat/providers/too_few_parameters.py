"""The function takes the prompt alone."""


def call_api(prompt):
    return {"output": prompt}
