"""The API stands in another file."""

from small import call_api  # noqa: F401
