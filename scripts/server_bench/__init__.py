"""Load and latency of the service: what `scripts/bench_server.py` and a test of the service run."""
