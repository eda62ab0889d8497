"""A local module of the scripts beside it."""


def is_deadly(prompt):
    return int(prompt) % 100 == 99
