"""A grader as promptfoo's assertions use it, with another signature and another result."""


def get_assert(output, context):
    score = len(set(output.split()) & set(context["vars"]["words"])) / len(context["vars"]["words"])
    return {"pass": score > 0.5, "score": score, "reason": f"{score:.0%} of the words"}


def generate_tests(config=None):
    return [{"vars": {"number": number}} for number in range((config or {}).get("count", 2))]
