"""Masked generation over token maps: schedule, iterative decoding, guidance; knows nothing of a network's insides."""
