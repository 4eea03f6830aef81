"""The real service with the scripted engine, as a process: `python tests/serving/fake_server.py [--step-seconds S]`."""

from __future__ import annotations

import argparse
import sys
import time

from fake_clips import FakeClips
from fake_engine import FakeEngine

from reprise.serving.limits import Limits
from reprise.serving.server import serve
from reprise_core.errors import RepriseError


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--watch-stdin", action="store_true")
    parser.add_argument("--step-seconds", type=float, default=0.01)
    parser.add_argument("--load-seconds", type=float, default=0.0)
    parser.add_argument("--abandon-after", type=float, default=30.0)
    parser.add_argument("--load-error", default="", help="the engine fails to load with this message")
    options = parser.parse_args()

    def load() -> FakeEngine:
        print("a library that chats on standard output")  # noqa: T201
        time.sleep(options.load_seconds)
        if options.load_error:
            raise RepriseError("bad_checkpoint", options.load_error, "Choose another.")
        return FakeEngine(options.step_seconds)

    limits = Limits(abandon_seconds=options.abandon_after)
    try:
        serve(load, FakeClips(), options.host, options.port, watch_stdin=options.watch_stdin, limits=limits)
    except RepriseError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
