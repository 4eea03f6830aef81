"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reprise_core import contract

Engine = Annotated[str, typer.Option(help=f"The generator: {', '.join(contract.ENGINES)}.")]
Seconds = Annotated[
    float, typer.Option(help=f"Length of the motion, {contract.MIN_SECONDS:g} to {contract.MAX_SECONDS:g} seconds.")
]
References = Annotated[int, typer.Option("-k", help="How many library clips to build on; 0 for none.")]
Library = Annotated[Path | None, typer.Option(help="Motion library (.sqlite); the starter library if not given.")]
Checkpoint = Annotated[Path | None, typer.Option(help="Weights (.safetensors); the shipped ones if not given.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else on standard output.")]
