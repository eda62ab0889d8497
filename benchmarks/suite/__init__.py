"""What scripts/bench runs: runners in turn, ratios, growth, tables and plots. See ../README.md."""
