"""The input of measured batches: lines of about 256 bytes with a prompt each."""

BLOCK = 10_000
PROMPT_BYTES = 240


def prompt_of(index):
    return f"line {index} ".ljust(PROMPT_BYTES, "x")


def write_lines(file, begin, end):
    """Writes the lines from `begin` on and before `end` to a binary file, in blocks."""
    for block in range(begin, end, BLOCK):
        numbers = range(block, min(end, block + BLOCK))
        file.write("".join(f'{{"prompt": "{prompt_of(index)}"}}\n' for index in numbers).encode())
