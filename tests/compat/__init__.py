"""Provider scripts as people write them, run by real hosts and, for comparison, by promptfoo's own worker."""
