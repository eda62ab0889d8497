"""builtins.print is replaced by a function of the script's own."""

import builtins

printed = []
original = builtins.print


def quiet_print(*values, **options):
    printed.append(" ".join(map(str, values)))


builtins.print = quiet_print


def call_api(prompt, options, context):
    print("asked", prompt)
    return {"output": f"asked {prompt}" in printed}
