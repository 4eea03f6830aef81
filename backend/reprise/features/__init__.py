"""Motion features: what the networks read and write."""
