"""Whether an exception is about a key or a setting that the environment lacks, and what to do then."""

from __future__ import annotations

import re
from typing import Optional

from ..._errors import ProviderError
from ..script.location import Location

# OPENAI_API_KEY, AWS_REGION; a word of capitals alone is more often an acronym.
_VARIABLE = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")
_SECRETS = ("KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIALS")
_READ = re.compile(r"""(?:environ(?:\.get\(|\[)|getenv\()\s*["'](\w+)["']""")
_SUBJECT = re.compile(
    r"environment variable|\benv(ironment)?\b|\bapi[ _-]?(key|token)\b|\b(access|auth)[ _-]?token\b|credential|"
    r"authentication method|key inputs",
    re.IGNORECASE,
)
_LACK = re.compile(
    r"\bmust\b|missing|\bnot (set|found|provided|given|defined)\b|\bno\b|required|could not|unable|provide|\bset\b|"
    r"please|expected|empty|isn't|unset|export",
    re.IGNORECASE,
)


def missing_variable(error: ProviderError, where: Optional[Location]) -> Optional[str]:
    """The name of the variable that is missing, "" when it is one whose name is not known; None when it is none."""
    message = error.message
    line = where.text() if where else ""
    read = _READ.search(line)
    if error.type == "KeyError":
        key = re.search(r"'(\w+)'\s*$", message)
        from_environment = "environ" in line or re.search(r'File "(<frozen os>|[^"]*/os\.py)"', error.traceback or "")
        return key[1] if key and from_environment else None
    if _LACK.search(message):
        about_keys = _SUBJECT.search(message) is not None
        for name in _VARIABLE.findall(message):
            if about_keys or name.endswith(_SECRETS) or (read and name == read[1]):
                return str(name)
        if about_keys:
            return read[1] if read else ""
    return read[1] if read else None


def change_for_missing(variable: str, function: str, importing: bool) -> str:
    named = variable or "the variable that its client reads its key from"
    name = variable or "NAME"
    given = f"Set {named} in the environment of pytest, which hosts get: `export {name}=...`; in CI, a secret."
    if importing:
        return (
            f"{given} So that the script can be imported without it, make the client in the first call, and let "
            f'{function} return {{"error": "{name} is not set"}}.'
        )
    return f'{given} When it is not set, return {{"error": "{name} is not set"}}.'
