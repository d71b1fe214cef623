"""What ``python -m tests.chaos`` does at length, in short."""
