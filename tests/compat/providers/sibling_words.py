"""What sibling_import.py imports."""

GREETING = "kaixo"
used = 0
