"""The function is made by another one and put into globals()."""


def make(name, prefix):
    def function(prompt, options, context):
        return {"output": prefix + prompt}

    function.__name__ = function.__qualname__ = name
    return function


globals()["call_api"] = make("call_api", "made: ")
exec("def second(prompt, options, context):\n    return {'output': 'executed: ' + prompt}")
