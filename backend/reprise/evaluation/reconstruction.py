"""What tokens cost: motion through the residual vector-quantised autoencoder and back, with 1 .. Q layers of codes.

Beside it stands the same autoencoder without quantisation, and the recorded motion itself.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reprise.data.dataset import MotionDataset, load
from reprise.features.codec import decode
from reprise.features.fusion import decode_generated
from reprise.models.rvq_checkpoint import RVQCheckpoint, load_rvq
from reprise.models.rvq_codebooks import NO_CODE
from reprise_core.errors import RepriseError

from .embedding import ContrastiveEvaluator, Evaluator
from .metrics import frechet_distance
from .physics import measure
from .physics_report import mean as mean_physics

Features = NDArray[np.float32]


@dataclass(frozen=True)
class LayerUse:
    """Codes of one layer that occur at all, and exp of their entropy: how many, used evenly, would say as much."""

    used: int
    codes: int
    perplexity: float


@dataclass(frozen=True)
class Reconstruction:
    """Millimetres between decoded joints, mean over joints, frames and clips (each clip counts alike).

    `mpjpe`: in the world, both from the origin, so that the way's errors add up; `aligned`: relative to each one's own
    root; `posed`: `aligned`, with each frame turned to one heading as well. `fid` None without an evaluator; `physics`
    of joints as the product decodes them.
    """

    mpjpe: float
    aligned: float
    posed: float
    fid: float | None
    physics: dict[str, float]


def reconstructed(checkpoint: RVQCheckpoint, motion: Features, layers: int | None) -> tuple[Features, Tensor]:
    """Raw features (T, F) through so many layers (None: without quantisation), and all their codes (T', J', Q)."""
    network = checkpoint.network
    with torch.inference_mode():
        given = ((torch.from_numpy(np.array(motion)) - checkpoint.mean) / checkpoint.std)[None]
        mask = torch.ones(given.shape[:2], dtype=torch.bool)
        codes = network.encode(given, mask)
        made = (
            network.from_latent(*network.latent(given, mask))[:, : len(motion)]
            if layers is None
            else network.decode(codes[..., :layers], len(motion))
        )
        return (made * checkpoint.std + checkpoint.mean)[0].numpy(), codes[0]


def code_use(codes: Tensor, count: int) -> tuple[LayerUse, ...]:
    """Of codes (..., Q) each layer's use; `NO_CODE` does not count."""
    uses = []
    for layer in codes.flatten(0, -2).T:
        counts = torch.bincount(layer[layer != NO_CODE], minlength=count).double()
        share = counts[counts > 0] / counts.sum()
        uses.append(LayerUse(int((counts > 0).sum()), count, float(torch.exp(-(share * share.log()).sum()))))
    return tuple(uses)


def errors(made: Features, given: Features) -> NDArray[np.float64]:
    """(3,) millimetres between two clips (T, F): in the world, root-aligned, and with one heading as well."""
    one, other = (decode(features).astype(np.float64) for features in (made, given))
    aligned = (joints - joints[:, :1] for joints in (one, other))
    still = [features.copy() for features in (made, given)]
    for features in still:
        features[:, :3] = 0.0  # neither turn nor travel
    posed = (joints - joints[:, :1] for joints in map(decode, still))
    pairs = ((one, other), tuple(aligned), tuple(posed))
    return np.array([1000.0 * np.linalg.norm(a - b, axis=-1).mean() for a, b in pairs])


def report(
    checkpoint: RVQCheckpoint, dataset: MotionDataset, split: str = "test", evaluator: Evaluator | None = None
) -> dict[str, Any]:
    """The figures of a split, as JSON: `layers` 1 .. Q, `continuous` (no quantisation), `recorded`, and `codes`.

    Raises `RepriseError` when the split has no clip.
    """
    rows = [row for row, segment in enumerate(dataset.segments) if segment.split == split]
    if not rows:
        raise RepriseError("no_clips", f"'{dataset.folder}' has no clip in its {split} split.")
    motions = [np.array(dataset.features(row)) for row in rows]
    config, std = checkpoint.network.config, checkpoint.std.numpy()
    embedded = evaluator.motions(motions) if evaluator else None

    def figures(layers: int | None) -> dict[str, Any]:
        made = [reconstructed(checkpoint, motion, layers)[0] for motion in motions]
        world, aligned, posed = np.mean([errors(one, other) for one, other in zip(made, motions, strict=True)], axis=0)
        fid = frechet_distance(embedded, evaluator.motions(made)) if evaluator and embedded is not None else None
        return asdict(Reconstruction(float(world), float(aligned), float(posed), fid, _physics(made, std)))

    codes = [reconstructed(checkpoint, motion, None)[1].flatten(0, 1) for motion in motions]
    return {
        "split": split,
        "clips": len(motions),
        "frames": sum(map(len, motions)),
        "step": checkpoint.step,
        "evaluator": evaluator.name if evaluator else None,
        "layers": [figures(layers) for layers in range(1, config.quantisers + 1)],
        "continuous": figures(None),
        "recorded": {"physics": _physics(motions, std)},
        "codes": [asdict(use) for use in code_use(torch.cat(codes), config.codes)],
    }


def _physics(motions: Sequence[Features], std: NDArray[np.float32]) -> dict[str, float]:
    return mean_physics([measure(decode_generated(motion, std)) for motion in motions])


def table(result: dict[str, Any]) -> str:
    """The report as text."""
    lines = [
        f"{result['clips']} clips, {result['frames']} frames of the {result['split']} split; step {result['step']}"
    ]
    lines += [f"evaluator: {result['evaluator'] or 'none'}", ""]
    lines += ["layers      MPJPE  aligned  posed  mm     FID   slide   skate  jitter   code use  perplexity"]
    named = [(str(layer + 1), figures) for layer, figures in enumerate(result["layers"])]
    for name, figures in [*named, ("continuous", result["continuous"])]:
        fid = "-" if figures["fid"] is None else f"{figures['fid']:.3f}"
        use = result["codes"][int(name) - 1] if name.isdigit() else None
        shown = f"{use['used']:6d}/{use['codes']}  {use['perplexity']:10.0f}" if use else ""
        lines.append(
            f"{name:10} {figures['mpjpe']:6.1f}  {figures['aligned']:7.1f}  {figures['posed']:5.1f}     {fid:>7} "
            f"{_moved(figures['physics'])} {shown}".rstrip()
        )
    return "\n".join([*lines, f"{'recorded':44} {_moved(result['recorded']['physics'])}"])


def _moved(physics: dict[str, float]) -> str:
    return f"{physics['foot_slide']:7.2f} {physics['skate']:7.2f} {physics['jitter']:7.2f}"


def main(arguments: Sequence[str]) -> int:
    """Prints the report; 2 for a checkpoint or a data set that cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m reprise.evaluation.reconstruction", description=__doc__)
    parser.add_argument("checkpoint", type=Path, help="a checkpoint of 'reprise train rvq'")
    parser.add_argument("data", type=Path, help="a folder that 'reprise data build' wrote")
    parser.add_argument("--split", default="test", help="train, val or test")
    parser.add_argument("--evaluator", type=Path, help="a checkpoint of 'reprise train contrastive', for FID")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    try:
        evaluator = ContrastiveEvaluator.load(options.evaluator) if options.evaluator else None
        result = report(load_rvq(options.checkpoint), load(options.data), options.split, evaluator)
    except RepriseError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write((json.dumps(result, indent=2) if options.json else table(result)) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
