"""The cycle of a short walk goes on; what is no gait, or is captioned as more than one, does not."""

import numpy as np
import pytest
from gaits import jumper, standing_figure, walker

from reprise.data.dataset import load
from reprise.data.dataset_writer import ClipWords, DatasetWriter
from reprise.data.gaits import SECONDS, gait_cycle, gaits, goes_on, prolonged
from reprise.features import humanml3d
from reprise_core.cleanup import contact_slide
from reprise_core.contacts import detect_contacts, ground_heights


def pace(joints):
    return np.linalg.norm((joints[-1] - joints[0])[0, [0, 2]]) * 20.0 / (len(joints) - 1)


@pytest.mark.parametrize("seconds", [4.0, 8.0])
def test_a_short_walk_goes_on_at_its_pace_without_gliding(seconds):
    walk = walker(frames=50, speed=0.8)[0]
    longer = prolonged(gait_cycle(walk, 20.0), seconds)
    assert abs(len(longer) / 20.0 - seconds) < 0.7
    assert pace(longer) == pytest.approx(0.8, rel=0.05)
    assert np.abs(np.diff(longer, n=2, axis=0)).max() < 1.5 * np.abs(np.diff(walk, n=2, axis=0)).max()  # no seam shows
    contacts = detect_contacts(longer, 20.0, ground_heights(longer, 20.0))
    assert contacts.mean() > 0.3
    assert contact_slide(longer, contacts) < 0.005


@pytest.mark.parametrize(
    "joints", [standing_figure(60), jumper(), walker(frames=20)[0]], ids=["stands", "jumps", "short"]
)
def test_what_has_no_cycle_of_a_gait_does_not_go_on(joints):
    assert gait_cycle(joints, 20.0) is None


@pytest.mark.parametrize(
    ("caption", "longer"),
    [
        ("a person runs forward.", True),
        ("someone is casually walking ahead, swinging their arms.", True),
        ("a person runs, stops quickly and runs again.", False),
        ("a person takes a few even steps forward.", False),
        ("a person walks across the room.", False),
        ("a slow walk forward that ends in a standstill.", False),
        ("a person jogs diagonally to the left.", False),
        ("a person waves.", False),
    ],
)
def test_only_captions_that_stay_true_are_kept(caption, longer):
    assert goes_on(caption) is longer


def test_of_a_data_set_gaits_come_in_every_length_with_their_mirrored_twins(tmp_path):
    with DatasetWriter(tmp_path / "set") as writer:
        for name, frames, captions in (
            ("a", 50, ("a person walks to the left.", "a person walks up to a door.", "a person walks in a curve.")),
            ("b", 50, ("a person waves.",)),
            ("c", 120, ("a person walks forward.",)),  # long enough as it is
        ):
            joints = humanml3d.normalize(walker(frames=frames, speed=0.8)[0]).astype(np.float32)
            writer.add(ClipWords(name, name, "train", "made", "made"), name, captions, joints)
        writer.finish()
    found = list(gaits(load(tmp_path / "set"), [0, 1, 2]))
    assert [(gait.row, gait.seconds) for gait in found] == [(0, seconds) for seconds in SECONDS for _ in range(2)]
    assert [gait.captions for gait in found[:2]] == [
        ("a person walks to the left.",),
        ("a person walks to the right.",),
    ]
    mirrored = found[0].joints * [-1.0, 1.0, 1.0]
    np.testing.assert_allclose(found[1].joints[:, 0, 2], mirrored[:, 0, 2], atol=0.05)
