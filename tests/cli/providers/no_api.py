def call_ap(prompt, options, context):
    return {"output": prompt}
