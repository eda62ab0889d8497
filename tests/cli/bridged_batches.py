"""Batches with --ray, and a bridge that needs no Ray: ray_bridge/provider_host/ray/__main__.py."""

import json
from pathlib import Path

BRIDGE = Path(__file__).resolve().parent / "ray_bridge"


class BridgedBatches:
    """Runs batches over the bridge, and looks at what it was told."""

    def __init__(self, host, alive):
        """``alive(pid)`` is that of conftest, of which there are several: a late import might get another one."""
        self.host = host
        self.alive = alive
        self.directory = host.directory / "bridge"
        self.directory.mkdir()
        host.environment |= {"PYTHONPATH": str(BRIDGE), "BRIDGE_DIRECTORY": str(self.directory)}

    def __call__(self, script, lines, *options, address="auto", **environment):
        return self.host("batch", script, lines, "--ray", address, *options, **environment)

    def start(self, script, lines, *options, address="auto", **environment):
        return self.host.start("batch", script, lines, "--ray", address, *options, **environment)

    @property
    def told(self):
        return json.loads((self.directory / "start.json").read_text())

    @property
    def bridge(self):
        """Its process id; a test that asks has seen a call of it."""
        return int((self.directory / "pid").read_text())

    def has_bridge(self):
        pid = self.directory / "pid"
        return pid.exists() and pid.read_text() != "" and self.alive(int(pid.read_text()))
