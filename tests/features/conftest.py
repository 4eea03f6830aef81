"""Fixtures of the codec's tests: the representations, made motion, and recorded motion where the pack is there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from codec_motions import wriggle

from reprise.features.representation import HUMANML3D, KIT_ML, Representation

PACK = Path(__file__).resolve().parents[2] / "../shared/data"
RECORDED = {
    "cmu_bvh.zip": ("cmu_60_10", "cmu_35_32", "cmu_143_04"),  # salsa with its turns, a walk, a run
    "deepmimic.zip": ("deepmimic_backflip", "deepmimic_spinkick", "deepmimic_crawl"),
}


@pytest.fixture(scope="session")
def smooth_motion() -> Callable[..., np.ndarray]:
    return wriggle


@pytest.fixture(scope="session", params=[HUMANML3D, KIT_ML], ids=lambda representation: representation.name)
def representation(request: pytest.FixtureRequest) -> Representation:
    return request.param


@pytest.fixture(scope="session")
def recorded() -> dict[str, np.ndarray]:
    """Clips of the motion pack by name, (T, 22, 3) at 20 fps as recorded: own builds, places and headings."""
    if not PACK.exists():
        pytest.skip("the motion pack is not here")
    from reprise.data.importers import importer_for
    from reprise.data.pack import read_inventory, rows_of_archive
    from reprise.data.resample import resample

    inventory, clips = read_inventory(PACK / "inventory.csv"), {}
    for archive, names in RECORDED.items():
        rows = rows_of_archive(inventory, PACK / archive)
        wanted = {member: row for member, row in rows.items() if row.clip_id in names}
        for clip in importer_for(PACK / archive)(PACK / archive, wanted):
            clips[clip.id] = resample(clip.joints, clip.fps)
    assert set(clips) == {name for names in RECORDED.values() for name in names}
    return clips
