"""`context["vars"]` and `options["config"]` say what to do, and the script changes both for itself."""


def call_api(prompt, options, context):
    variables = context["vars"]
    assert "seen" not in variables and "seen" not in options["config"]
    variables["seen"] = options["config"]["seen"] = True
    return {"output": f"{options['config']['style']} {variables['topic']}: {prompt}"}
