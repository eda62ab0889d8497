"""What stands under the __main__ guard runs from the shell only."""

ran = False


def call_api(prompt, options, context):
    return {"output": [prompt, ran]}


if __name__ == "__main__":
    ran = True
    raise SystemExit("only from the shell")
