"""What `scripts/run.py` does: environments from lock files, the demo, the checks, the tests. Standard library only."""
