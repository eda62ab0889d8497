"""What the suite finds out about a provider script: its text, its function, its process, its results."""
