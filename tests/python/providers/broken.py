"""Cannot be imported."""

raise RuntimeError("no model here")
