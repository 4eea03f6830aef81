"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from reprise_core import contract

Engine = Annotated[str, typer.Option(help=f"The generator: {', '.join(contract.ENGINES)}.")]
Seconds = Annotated[
    float, typer.Option(help=f"Length of the motion, {contract.MIN_SECONDS:g} to {contract.MAX_SECONDS:g} seconds.")
]
Solver = Annotated[
    str,
    typer.Option(
        help=f"The diffusion sampler's: {', '.join(contract.SOLVERS)}; dpm++ needs a third of the steps of ddim."
    ),
]
Then = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PROMPT:SECONDS",
        help="What happens next, such as 'sits down:4', as part of one continuous motion; may be given again.",
    ),
]
References = Annotated[int, typer.Option("-k", help="How many library clips to build on; 0 for none.")]
Pinned = Annotated[
    list[str] | None, typer.Option("--pin", metavar="ID", help="A clip to build on in any case; may be given again.")
]
Excluded = Annotated[
    list[str] | None, typer.Option("--exclude", metavar="ID", help="A clip never to build on; may be given again.")
]
Tags = Annotated[
    list[str] | None, typer.Option("--tag", help="Only clips with this tag; given again, clips with all of them.")
]
Sources = Annotated[
    list[str] | None, typer.Option("--source", help="Only clips from this source; given again, from any of them.")
]
Licences = Annotated[
    list[str] | None, typer.Option("--licence", help="Only clips under this licence; given again, under any of them.")
]
LengthDecay = Annotated[
    float, typer.Option("--lambda", help="How much another length counts against a clip; 0 for not at all.")
]
RetrievalMethod = Annotated[
    str,
    typer.Option(
        "--method", help="What the sentence is compared with: hybrid: the clips' captions; momentum: their motions."
    ),
]
Retriever = Annotated[
    Path | None, typer.Option(help="Weights of the method momentum (.safetensors); the shipped ones if not given.")
]
Repeats = Annotated[
    bool, typer.Option("--repeats", help="Allow several clips of one recording, mirrored twins included.")
]
Library = Annotated[
    Path | None,
    typer.Option(help="Motion library (.sqlite); if not given, your own once clips were added to it, or the starter."),
]
Checkpoint = Annotated[Path | None, typer.Option(help="Weights (.safetensors); the shipped ones if not given.")]
Precision = Annotated[
    str | None,
    typer.Option(
        help="What remodiffuse computes with: fp32, or bf16: faster where the processor has it; fp32 if not given."
    ),
]
Compile = Annotated[
    bool,
    typer.Option(
        "--compile",
        help="Send remodiffuse's predictions through torch.compile (needs a C++ compiler): for GPUs and many motions.",
    ),
]
Mixture = Annotated[
    str | None,
    typer.Option(
        help="How remodiffuse mixes text and references: guidance or searched; what its weights say if not given."
    ),
]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")]
Outputs = Annotated[
    list[Path],
    typer.Option(
        help="Where to: .npz, .bvh, .png (contact sheet), .mp4 (film), or SMPL poses as .smpl.npz, .smplh.npz or "
        ".smplx.npz; may be given again. Takes: NAME_0, NAME_1, ..."
    ),
]
BodyModel = Annotated[
    Path | None,
    typer.Option(
        metavar="PATH", help="Your SMPL, SMPL-H or SMPL-X model, or a folder of them; SMPL poses and AMASS need it."
    ),
]
Fps = Annotated[float | None, typer.Option(help="Frames a second, such as 24 or 29.97; the motion's own if not given.")]
Loop = Annotated[bool, typer.Option("--loop", help="Cut out the best cycle and make it seamless.")]
InPlace = Annotated[bool, typer.Option("--in-place", help="Take the travel out: the figure stays put.")]
RootTrack = Annotated[
    bool, typer.Option("--root-track", help="Move the travel to a track of its own; in a .bvh, a root joint.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else on standard output.")]


def segments(given: Sequence[str] | None) -> tuple[contract.Segment, ...]:
    """The contract's segments of `--then` options. Raises `RepriseError` for one without its seconds."""
    return tuple(contract.Segment.from_text(text) for text in given or ())


def wanted(
    k: int,
    pinned: Sequence[str] | None,
    excluded: Sequence[str] | None,
    tags: Sequence[str] | None,
    sources: Sequence[str] | None,
    licences: Sequence[str] | None,
    length_decay: float,
    repeats: bool,
    method: str,
) -> contract.References:
    """The contract's `References` of these options."""
    return contract.References(
        k=k,
        pinned=tuple(pinned or ()),
        excluded=tuple(excluded or ()),
        tags=tuple(tags or ()),
        sources=tuple(sources or ()),
        licences=tuple(licences or ()),
        length_decay=length_decay,
        repeats=repeats,
        method=method,
    )
