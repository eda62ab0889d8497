"""Assertions: every kind of result that promptfoo takes from Python."""


def get_assert(output, context):
    return "default" in output or len(output) > 2


def true(output, context):
    return True


def false(output, context):
    return False


def score(output, context):
    return 0.75


def graded(output, context):
    config, given = context.get("config") or {}, context["vars"]["name"]
    return {
        "pass": given in output,
        "score": 0.5,
        "reason": f"{given} is greeted, limit {config.get('limit')}, {context['test']['description']}",
        "namedScores": {"warmth": 0.25},
        "componentResults": [{"pass": True, "score": 1, "reason": "a part"}],
    }


def snake_case(output, context):
    return {"pass_": True, "score": 1, "reason": "named as in Python", "named_scores": {"length": len(output)}}


async def asynchronous(output, context):
    return {"pass": True, "score": 1, "reason": "asynchronous"}


class Judge:
    @staticmethod
    def judge(output, context):
        return {"pass": True, "score": 1, "reason": "judged by a class"}


def raises(output, context):
    raise LookupError("the assertion raises this")


def expected(output, context):
    return "Hello Ada!"
