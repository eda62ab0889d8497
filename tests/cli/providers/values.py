"""Values of a kind and size that the options name."""


def call_api(prompt, options, context):
    config = options["config"]
    if config["kind"] == "large":
        return {"output": "é" * (config["bytes"] // 2)}
    if config["kind"] == "length":
        return {"output": len(prompt)}
    value = []
    for _ in range(config["depth"]):
        value = [value]
    return {"output": value}
