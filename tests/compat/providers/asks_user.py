"""input() is called without a thought, and EOFError caught."""


def call_api(prompt, options, context):
    try:
        return {"output": input("Really? ")}
    except EOFError:
        return {"output": f"{prompt}: nobody there"}
