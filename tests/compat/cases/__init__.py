"""The tables of cases, by subject."""

from . import asynchronous, clients, functions, modules, output, places, processes, values

# `output` first: promptfoo's worker never answers some of its scripts, and is waited for meanwhile.
TABLES = (output, clients, values, functions, asynchronous, processes, modules, places)
CASES = [case for table in TABLES for case in table.CASES]
