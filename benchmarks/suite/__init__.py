"""What scripts/bench runs: contestants in turn, ratios, growth, tables and plots. See ../README.md."""
