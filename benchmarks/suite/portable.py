"""What the portable platform layer costs: this build beside one that uses none of the system calls of Linux
(PROVIDER_HOST_PLATFORM=portable), which scripts/bench makes."""

from dataclasses import replace

from . import detection
from .ratios import ECHO, Ratio
from .runner import Runner

NATIVE = "native, 256 B"
PORTABLE = "portable, 256 B"
RATIOS = [Ratio("portable_over_native_rtt", PORTABLE, NATIVE, PORTABLE, "≤ 1.3")]
DEATH_GOAL = 10  # milliseconds until the caller knows


def built(setting):
    """The setting for the other build."""
    return replace(setting, programs=setting.programs.parent / "portable" / "bin", baseline=None)


def groups(setting):
    """As those of ratios.py."""
    count = setting.scaled(2000)
    runners = [
        Runner(name, one.program("pool_echo", 256, ECHO), count)
        for name, one in ((NATIVE, setting), (PORTABLE, built(setting)))
    ]
    return [("the portable platform layer", 20, runners)]


def measure_detection(setting, advance):
    """Entries as those of detection.measure(): how soon a caller knows of a death. Raises Failed."""
    return [
        entry | {"name": f"portable: {entry['name']}", "goal": f"< {DEATH_GOAL} ms"}
        | {"holds": entry["median"] < DEATH_GOAL}
        for entry in detection.measure(built(setting), advance)
        if entry["name"].endswith("to the caller")
    ]
