"""A variable whose value Python tells."""


def get_var(name, prompt, others):
    return {"output": f"{name} made for {others['name']}"}
