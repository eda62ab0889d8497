"""The module makes its function when it is asked for, with __getattr__."""


def __getattr__(name):
    if name != "call_api":
        raise AttributeError(name)

    def call_api(prompt, options, context):
        return {"output": f"lazy {prompt}"}

    globals()[name] = call_api
    return call_api
