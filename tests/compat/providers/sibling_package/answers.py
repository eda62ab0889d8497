"""What others import."""

from .constants import MARK


def answer(prompt):
    return f"{prompt}{MARK}"
