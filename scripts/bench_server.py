"""What the service costs and whether it keeps its promises under load. Loopback only; starts its own server.

    OMP_NUM_THREADS=1 python scripts/bench_server.py [--fake] [--requests 500] [--clients 8] [--out FILE.json]

Three parts, each with a fresh server process:

- start-up, the median of five (--starts): until the ready line, until the engine is loaded (also in processor time,
  which does not depend on what else the machine does), the first motion and the second;
- overhead: the same requests to the bare engine and through HTTP, in turn (median and 95th percentile of each, and of
  the difference within a pair);
- load: clients at once, of whose requests 62% are followed to the end, 8% ask for references, 15% are cancelled in the
  sampler, 10% are abandoned by a client that vanishes, and 5% lose their stream and come back. Every answer is checked:
  that it is the motion of that very request, that nothing is lost, and that nothing is made or answered twice.

With --fake the engine of the tests stands for the real one (5 ms a step). Ends with 1 when a promise is broken.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from server_bench.load import Load, run_load
from server_bench.overhead import run_pairs
from server_bench.server import FAKE_SERVER, Server, running

from reprise.pipelines.base import Engine
from reprise_core.contract import Request

ABANDON_SECONDS = 1.0
MOST_OVERHEAD_S = 0.015
MOST_GROWTH_MB = 24.0
MOST_READY_S = 4.0
MOST_FIRST_S = 0.5


def main() -> int:
    """Measures everything and prints a table and one line of JSON; 0 when every promise is kept."""
    options = _parsed()
    folder = Path(tempfile.mkdtemp(prefix="reprise-bench-"))
    step = ["--step-seconds", "0.005"] if options.fake else []
    starts = []
    for _ in range(options.starts):
        with running(folder / "start.log", fake=options.fake, arguments=step) as server:
            starts.append(_startup(server))
    startup = {name: statistics.median(start[name] for start in starts) for name in starts[0]} | {"starts": starts}
    with running(folder / "overhead.log", fake=options.fake, arguments=step) as server:
        overhead = _overhead(server, _engine(options.fake), options.pairs, options.seed)
    arguments = [*step, "--abandon-after", str(ABANDON_SECONDS)]
    with running(folder / "load.log", fake=options.fake, arguments=arguments) as server:
        load = run_load(server, options.requests, options.clients, options.seed, ABANDON_SECONDS)
    result = {
        "machine": {"system": platform.system(), "cpus": os.cpu_count(), "load_average": os.getloadavg()[0]},
        "engine": "scripted" if options.fake else "remodiffuse, shipped weights",
        "seed": options.seed,
        "startup": startup,
        "overhead": overhead,
        "load": _load_figures(load),
    }
    promises = _promises(result)
    _print(result, promises)
    print(json.dumps(result | {"promises": {words: kept for words, kept, _ in promises}}))
    if options.out:
        options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0 if all(kept for _, kept, _ in promises) else 1


def _startup(server: Server) -> dict[str, float]:
    client, request = server.client("starter"), Request("a person walks forward", seconds=4.0)
    idle = client.send("GET", "/v1/health").json["memory"]["resident_bytes"]
    seconds = []
    for _ in range(2):
        begun = time.perf_counter()
        job = client.send("POST", "/v1/generate", request.to_json()).json["id"]
        list(client.follow(job))
        seconds.append(time.perf_counter() - begun)
    return {
        "ready_s": server.ready_s,
        "loaded_s": server.loaded_s,
        "loaded_cpu_s": server.loaded_cpu_s,
        "idle_resident_mb": idle / 2**20,
        "first_motion_s": seconds[0],
        "second_motion_s": seconds[1],
    }


def _overhead(server: Server, engine: Engine, pairs: int, seed: int) -> dict[str, Any]:
    requests = [Request("a person walks and waves", seconds=4.0, seed=seed + i) for i in range(pairs + 1)]
    measured = [asdict(pair) for pair in run_pairs(server.client("pairs"), engine, requests)]
    columns = {name: np.array([row[name] for row in measured]) for name in measured[0]}
    columns["difference"] = columns["service"] - columns["bare"]
    columns["difference_without_npz"] = columns["difference"] - columns["npz"]
    both = {name: {"p50_s": _percentile(row, 50), "p95_s": _percentile(row, 95)} for name, row in columns.items()}
    return {"pairs": pairs, "seconds": requests[0].seconds, "steps": requests[0].steps, **both}


def _load_figures(load: Load) -> dict[str, Any]:
    figures = asdict(load)
    latencies = np.array(figures.pop("latencies_s"))
    return figures | {"latency_p50_s": _percentile(latencies, 50), "latency_p95_s": _percentile(latencies, 95)}


def _promises(result: dict[str, Any]) -> list[tuple[str, bool, str]]:
    startup, overhead, load = (result[name] for name in ("startup", "overhead", "load"))
    late = startup["first_motion_s"] - startup["second_motion_s"]
    growth = load["resident_mb"][-1] - load["resident_mb"][0]
    median = overhead["difference"]["p50_s"]
    loaded = f"{startup['loaded_s']:.2f} s, {startup['loaded_cpu_s']:.2f} s of them the processor's"
    return [
        ("ready and loaded in under 4 s", startup["loaded_s"] < MOST_READY_S, loaded),
        ("first motion at most 0.5 s slower than the second", late <= MOST_FIRST_S, f"{late:+.2f} s"),
        ("at most 15 ms on top of the bare pipeline (median)", median <= MOST_OVERHEAD_S, f"{1000 * median:.1f} ms"),
        ("nothing lost, mixed up or answered twice", not load["wrong"], f"{len(load['wrong'])} wrong"),
        (f"memory flat (within {MOST_GROWTH_MB:g} MB)", growth <= MOST_GROWTH_MB, f"{growth:+.1f} MB"),
    ]


def _print(result: dict[str, Any], promises: list[tuple[str, bool, str]]) -> None:
    console = Console(stderr=True)
    table = Table("overhead", "p50", "p95", title=f"{result['engine']}, {result['overhead']['pairs']} pairs")
    for name, row in result["overhead"].items():
        if isinstance(row, dict):
            table.add_row(name.replace("_", " "), *(f"{1000 * row[key]:.1f} ms" for key in ("p50_s", "p95_s")))
    console.print(table)
    load = result["load"]
    console.print(f"load: {load['kinds']} -> {load['ends']} in {load['seconds']:.0f} s, {load['refused']} refused")
    for words, kept, figure in promises:
        console.print(f"{'kept  ' if kept else 'BROKEN'} {words}: {figure}")
    for sentence in load["wrong"][:20]:
        console.print(f"  {sentence}")


def _engine(fake: bool) -> Engine:
    if fake:
        sys.path.insert(0, str(FAKE_SERVER.parent))
        from fake_engine import FakeEngine  # type: ignore[import-not-found]

        return FakeEngine(step_seconds=0.005)
    from reprise import pipelines

    return pipelines.load()


def _percentile(values: np.ndarray, percent: float) -> float:
    return round(float(np.percentile(values, percent)), 5)


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fake", action="store_true", help="the scripted engine of the tests")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--pairs", type=int, default=40)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
