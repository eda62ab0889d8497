"""Hooks of every kind; each tells of itself in a file."""

import json


def told(name, context):
    with open("hooks.txt", "a") as file:
        file.write(f"{name} {json.dumps(sorted(context))}\n")


def extension_hook(name, context):
    told(name, context)
    if name == "beforeAll":
        context["suite"]["tests"].append({"vars": {"name": "added by a hook"}})
    if name == "beforeEach":
        context["test"]["vars"]["name"] += ", hooked"
    return context


def afterEach(context, more):
    told(f"{more['hookName']} alone", context)
    return {"result": {"namedScores": {"hooked": 0.5}, "metadata": {"seen": True}}}
