"""The weights and the starter library in the repository do what the README says."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from reprise import assets, pipelines
from reprise.diffusion.mixture import Mixture, mixture_weights
from reprise.diffusion.schedule import spaced_timesteps
from reprise.library.store import Library
from reprise.library.verify import find_damage
from reprise.models.checkpoint import load_checkpoint
from reprise_core.contract import Request
from reprise_core.motion import from_npz


@pytest.fixture(scope="module")
def engine():
    return pipelines.load()


def generate(engine, prompt, seconds, count=4):
    request = Request(prompt, seconds, seed=100, count=count)
    return engine.generate(request, lambda progress: None, lambda: False)


def test_walking_travels_forward(engine):
    """The root of a figure that walks covers ground, towards where it faced, on its two feet."""
    for motion in generate(engine, "a person walks forward", 4.0):
        path = motion.root_translation[-1] - motion.root_translation[0]
        assert path[2] > 1.5
        assert abs(path[0]) < path[2]
        assert 0.7 < motion.root_translation[:, 1].min() < motion.root_translation[:, 1].max() < 1.15


def test_jumping_leaves_the_ground(engine):
    """In most takes both feet are in the air at once, higher than any step lifts them."""
    heights = [
        motion.positions[:, [7, 10, 8, 11], 1].min(axis=1).max() for motion in generate(engine, "a person jumps", 3.0)
    ]
    assert np.median(heights) > 0.1


def test_running_runs(engine):
    """Faster than anybody walks, off the ground at every few steps, for as short as a runner is: 0.1 to 0.3 s."""
    fast, flights = [], []
    for motion in generate(engine, "a person runs forward", 4.0):
        way = np.diff(motion.root_translation[:, [0, 2]], axis=0)
        fast.append(np.linalg.norm(way, axis=1).mean() * motion.fps)
        up = motion.positions[:, [7, 10, 8, 11], 1].min(axis=1) > 0.12
        ends = np.flatnonzero(np.diff(np.concatenate(([0], up, [0]))))
        flights += ((ends[1::2] - ends[::2]) / motion.fps).tolist()
    assert np.median(fast) > 2.3
    assert len(flights) >= 4 * 3
    assert 0.1 <= np.median(flights) <= 0.3


@pytest.mark.parametrize(("side", "ankle", "other"), [("right", 8, 7), ("left", 7, 8)])
def test_kicking_kicks_with_the_named_leg(engine, side, ankle, other):
    """In most takes that foot comes up to the hip, and the other does not."""
    motions = generate(engine, f"a person kicks with the {side} leg", 3.0)
    heights = np.median([motion.positions[:, [ankle, other], 1].max(axis=0) for motion in motions], axis=0)
    assert heights[0] > 0.8
    assert heights[1] < 0.6


def test_a_sampling_needs_a_third_of_the_branches():
    """Of 50 steps 31 lie at t = 400 or below (15 and 15 of the first two fifths, and one), where one branch counts; the
    other 19 have two: 69 of 200, of which the speed on the page is.
    """
    mixture = Mixture.from_json(load_checkpoint(assets.CHECKPOINT).mixture)
    for seed in range(3):
        assert np.count_nonzero(mixture_weights(mixture, spaced_timesteps(50), [seed])) == 31 + 2 * 19


def test_waving_raises_the_named_hand(engine):
    right, left = (
        np.median(
            [
                motion.positions[:, wrist, 1].max()
                for motion in generate(engine, "a person waves with the right hand", 4.0)
            ]
        )
        for wrist in (21, 20)
    )
    assert right > left


def test_the_starter_library_holds_our_own_motion_only():
    with Library.open(assets.LIBRARY) as library:
        clips = library.clips()
        assert find_damage(library) == ()
    assert len(clips) >= 300
    assert all(clip.captions and clip.licence == "GPL-3.0-or-later" for clip in clips)
    assert all(clip.source.startswith(f"generated remodiffuse {assets.CHECKPOINT.stem}@") for clip in clips)


def test_another_process_makes_the_same_motion(engine, tmp_path):
    out = tmp_path / "jump.npz"
    command = [sys.executable, "-m", "reprise", "generate", "a person jumps", "--seconds", "2", "--seed", "5", "--json"]
    run = subprocess.run(
        [*command, "--out", str(out)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    told = json.loads(run.stdout)
    here = engine.generate(Request("a person jumps", 2.0, 5), lambda progress: None, lambda: False)[0]
    (there,) = from_npz(out.read_bytes())
    np.testing.assert_allclose(there.positions, here.positions, atol=1e-3)
    assert [reference["id"] for reference in told["references"]] == [r["id"] for r in here.meta["references"]]
    assert (told["seed"], told["frames"]) == (5, 40)
