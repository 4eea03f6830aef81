"""Fixtures of the codec's tests: the representations, made motion, and recorded motion where the pack is there."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from codec_motions import wriggle

from reprise.features.representation import HUMANML3D, KIT_ML, Representation

PACK = Path(__file__).resolve().parents[2] / "../shared/data"
RECORDED = {
    "cmu_bvh.zip": {"cmu_60_10", "cmu_35_32", "cmu_143_04"},  # a salsa with its turns, a walk, a run
    "deepmimic.zip": {"deepmimic_backflip", "deepmimic_spinkick", "deepmimic_crawl"},
}


@pytest.fixture(scope="session")
def smooth_motion() -> Callable[..., np.ndarray]:
    return wriggle


@pytest.fixture(scope="session", params=[HUMANML3D, KIT_ML], ids=lambda representation: representation.name)
def representation(request: pytest.FixtureRequest) -> Representation:
    return request.param


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    """Segments of the motion pack by name, (T, 22, 3) poses in metres at 20 fps."""
    if not PACK.exists():
        pytest.skip("the motion pack is not here")
    from reprise.data.build import build
    from reprise.data.dataset import load

    folder = tmp_path_factory.mktemp("recorded")
    wanted = set().union(*RECORDED.values())
    with (PACK / "inventory.csv").open(newline="") as source, (folder / "inventory.csv").open("w", newline="") as out:
        reader = csv.DictReader(source)
        writer = csv.DictWriter(out, reader.fieldnames or ())
        writer.writeheader()
        writer.writerows(row for row in reader if row["clip_id"] in wanted)
    for name in ("captions.json", "captions_meta.json", *RECORDED):
        (folder / name).symlink_to((PACK / name).resolve())
    build([folder], folder / "out")
    dataset = load(folder / "out")
    assert {segment.clip for segment in dataset.segments} == wanted
    return {segment.id: np.array(dataset.joints(index)) for index, segment in enumerate(dataset.segments)}
