"""The function is not defined here but imported from a sibling."""

from global_counter import call_api  # noqa: F401
