"""Networks only: no I/O, no randomness, no sampling."""
