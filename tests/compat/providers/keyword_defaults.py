"""More parameters than needed, all with defaults, and some by keyword only."""


def call_api(prompt, options=None, context=None, model="small", *, temperature=0.5, **rest):
    return {"output": [prompt, model, temperature, sorted(rest), "config" in options, "vars" in context]}
