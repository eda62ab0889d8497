"""The provider of the benchmarks: as little as there can be."""


def call_api(prompt, options, context):
    return {"output": prompt}
