"""Answers word by word; the first word of a prompt may ask for a failure instead."""

import os
import random
import signal
import sys
import time

MEMORY = []


def call_api(prompt, options, context):
    words = tokenize(str(prompt))
    if words[0] == "forever":
        return forever()
    if words[0] == "slow":
        time.sleep(60)
    if words[0] == "grow":
        MEMORY.append(b"x" * (1 << 20))
        del MEMORY[random.randrange(8, 40):]
    if words[0] != "now":
        time.sleep(random.lognormvariate(-4.2, 0.7))
    return answer(words)


def tokenize(prompt):
    if prompt.startswith("crash"):
        print("tokenizer: the vocabulary is damaged", file=sys.stderr, flush=True)
        os.kill(os.getpid(), signal.SIGSEGV)
    if prompt.startswith("raise"):
        raise ValueError("the prompt has 9,120 tokens, at most 8,192 are allowed")
    return prompt.split()


def answer(words):
    for word in ["You", "said:", *words]:
        yield word + " "


def forever():
    while True:
        yield "again "
        time.sleep(0.02)
