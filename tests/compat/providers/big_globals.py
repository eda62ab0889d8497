"""Tables of tens of megabytes are built when the module is imported."""

squares = {number: number * number for number in range(300_000)}
text = "abcdefghij" * 2_000_000


def call_api(prompt, options, context):
    number = int(prompt)
    return {"output": [squares[number], text[number], len(text)]}
