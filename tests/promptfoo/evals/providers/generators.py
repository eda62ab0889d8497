"""Tests made by functions."""


def generate_tests(config=None):
    count = (config or {}).get("count", 2)
    return [
        {"vars": {"name": f"person {number}"}, "assert": [{"type": "contains", "value": f"person {number}"}]}
        for number in range(count)
    ]


def one():
    return [{"vars": {"name": "Ada"}, "description": "made by a function"}]
