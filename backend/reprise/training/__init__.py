"""Training from a terminal: standalone, resumable."""
