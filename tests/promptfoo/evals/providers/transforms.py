"""Transforms of variables and outputs."""


def get_transform(output, context):
    return f"{output}!"


def louder(output, context):
    return output.upper() + f" [{context['vars']['name']}]"


def more_variables(variables, context):
    return {**variables, "name": variables["name"].title(), "added": "by a transform"}
