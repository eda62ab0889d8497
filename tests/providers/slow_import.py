import time

time.sleep(1)


def call_api(prompt, options, context):
    return {"output": prompt}
