"""From an error to what the user reads: what happened, where, and what to change."""
