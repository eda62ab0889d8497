"""A counter and a history in globals grow with every call."""

count = 0
history = []


def call_api(prompt, options, context):
    global count
    history.append(prompt)
    count += 1
    return {"output": count, "metadata": {"history": len(history)}}
