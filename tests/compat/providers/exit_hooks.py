"""Functions registered with atexit write down what was counted."""

import atexit

calls = 0
atexit.register(lambda: open("calls.txt", "a").write(f"{calls} calls\n"))


@atexit.register
def say_goodbye():
    with open("calls.txt", "a") as file:
        file.write("goodbye\n")


def call_api(prompt, options, context):
    global calls
    calls += 1
    return {"output": prompt}
