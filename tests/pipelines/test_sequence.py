"""Several prompts as one motion: the timeline, the blending where segments meet, and what the engine makes of it."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.diffusion.ddim import ddim_sample
from reprise.diffusion.schedule import linear_schedule, spaced_timesteps
from reprise.pipelines.sequence import REACH, blended, levelled, shares, timeline
from reprise_core.contract import References, Request, Segment
from reprise_core.errors import Cancelled
from reprise_core.kinematics import forward_kinematics
from reprise_core.skeleton import PARENTS, humanml3d_skeleton

LONGEST = 196
LENGTHS = st.lists(st.integers(20, LONGEST), min_size=1, max_size=16)
THEN = (Segment("another thing", 2.0), Segment("a person does thing 5", 1.0))


@given(LENGTHS)
@settings(deadline=None)
def test_every_frame_is_shared_out_once(lengths):
    line = timeline(lengths, LONGEST)
    total = torch.zeros(line.frames)
    for row, (begin, end) in zip(shares(line), line.windows, strict=True):
        assert torch.all(row[: end - begin] >= 0)
        assert not row[end - begin :].any()
        total[begin:end] += row[: end - begin]
    torch.testing.assert_close(total, torch.ones_like(total))


@given(LENGTHS)
@settings(deadline=None)
def test_segments_keep_their_length_but_for_what_the_longest_lend_to_the_hand_shake(lengths):
    line = timeline(lengths, LONGEST)
    assert max(line.rows) <= LONGEST
    ends = (*line.starts[1:], line.frames)
    kept = [end - begin for begin, end in zip(line.starts, ends, strict=True)]
    assert all(own == asked or (asked > 186 and own >= 186) for own, asked in zip(kept, lengths, strict=True))
    assert sum(lengths) == line.frames or len(lengths) > 1
    for (_, before), (after, _), seam in zip(line.windows, line.windows[1:], line.starts[1:], strict=False):
        assert after < seam < before
        assert 10 <= before - after <= 2 * REACH


def test_what_is_the_same_in_all_rows_is_not_changed_by_blending():
    lines = [timeline([30, 44, 25], LONGEST), timeline([60], LONGEST)]
    x = torch.randn(2, 99, 5)
    whole = blended(lambda rows, t: 3 * rows + t, lines)(x, 2)
    torch.testing.assert_close(whole[0], 3 * x[0] + 2)
    torch.testing.assert_close(whole[1, :60], 3 * x[1, :60] + 2)
    assert not whole[1, 60:].any()


def test_two_targets_go_over_into_each_other_evenly():
    """Where one row wants 0 and the next wants 1, a whole sampling gives the straight line between them."""
    line = timeline([40, 40], LONGEST)
    targets = torch.tensor([0.0, 1.0])[:, None, None]
    steps = spaced_timesteps(10)
    denoise = blended(lambda rows, t: targets.expand_as(rows), [line])
    made = ddim_sample(denoise, torch.randn(1, 80, 3), linear_schedule(), steps)[0, :, 0]
    ramp = (torch.arange(20) + 0.5) / 20
    torch.testing.assert_close(made, torch.cat((torch.zeros(30), ramp, torch.ones(30))), atol=1e-5, rtol=0)


def test_a_ground_that_drifts_is_brought_back_and_the_figure_is_otherwise_as_it_was(dataset):
    walking = np.tile(dataset.joints(5, False)[:40], (3, 1, 1)).astype(np.float32)
    flat = levelled(walking)
    lift = np.interp(np.arange(120), [40, 80], [0.0, 0.12]).astype(np.float32)
    raised = levelled(walking + lift[:, None, None] * np.array([0, 1, 0], np.float32))
    assert np.abs(raised - flat)[..., 1].max() < 0.5 * lift.max()
    np.testing.assert_allclose(raised[..., [0, 2]], walking[..., [0, 2]], atol=1e-6)
    moved = raised[..., 1] - walking[..., 1]
    np.testing.assert_allclose(moved, np.repeat(moved[:, :1], 22, axis=1), atol=1e-5)


def test_feet_that_would_sink_raise_the_figure():
    """Legs shorter than the figure's, as the blend of two poses has them, for half a second."""
    skeleton, still = humanml3d_skeleton(), np.tile([1.0, 0, 0, 0], (90, 22, 1))
    standing, _ = forward_kinematics(PARENTS, skeleton.rest_offsets, np.tile([0, 0.95, 0], (90, 1)), still)
    standing = (standing - [0, standing[..., 1].min(), 0]).astype(np.float32)
    np.testing.assert_allclose(levelled(standing), standing, atol=1e-3)
    legs, short = [4, 5, 7, 8, 10, 11], standing.copy()
    short[40:50, legs, 1] += 0.3 * (standing[40:50, :1, 1] - standing[40:50][:, legs, 1])
    short[40:50, :, 1] -= short[40:50, :, 1].min(axis=1, keepdims=True)  # on the floor, for now
    raised = (levelled(short) - short)[:, 0, 1]
    assert raised[40:50].min() > 0.1
    np.testing.assert_allclose(raised[:10], raised[-10:], atol=0.02)


@pytest.mark.parametrize("solver", ["ddim", "dpm++"])
def test_the_motion_is_one_and_says_where_its_segments_start(engine, generate, solver):
    motions = generate(engine, then=THEN, solver=solver, count=2)
    assert [motion.frames for motion in motions] == [90, 90]
    assert [(part["prompt"], part["start"]) for part in motions[0].meta["segments"]] == [
        ("a person does thing 3", 0),
        ("another thing", 30),
        ("a person does thing 5", 70),
    ]
    assert motions[0].meta["seconds"] == 4.5
    ids = [each["id"] for each in motions[0].meta["references"]]
    assert ids == [clip for part in motions[0].meta["segments"] for clip in part["references"]]
    alone = generate(engine, then=THEN, solver=solver, seed=12)[0]
    np.testing.assert_allclose(motions[1].positions, alone.positions, atol=1e-3)


def test_each_segment_does_what_it_says_and_follows_what_comes_before(engine, generate):
    one, other, swapped = (
        generate(engine, then=then, references=References(k=1))[0].positions
        for then in (THEN, (THEN[0], Segment("thing 7", 1.0)), THEN[::-1])
    )
    assert not np.allclose(one[-20:], other[-20:], atol=1e-3)
    assert swapped.shape == one.shape
    assert not np.allclose(one, swapped, atol=1e-3)


def test_progress_covers_the_whole_and_cancel_stops_it(engine, generate):
    seen = []
    generate(engine, seen.append, then=THEN)
    assert [event.step for event in seen if event.stage == "sampling"] == list(range(6))
    assert [event.stage for event in seen] == sorted(
        (event.stage for event in seen), key=["text", "retrieval", "sampling", "cleanup"].index
    )
    seen.clear()
    with pytest.raises(Cancelled):
        generate(engine, seen.append, lambda: sum(event.stage == "sampling" for event in seen) >= 2, then=THEN)
    assert [event.step for event in seen if event.stage == "sampling"] == [0, 1]


def test_sequences_and_single_prompts_go_in_one_batch(engine):
    requests = [
        Request("a person does thing 3", 1.5, seed=11, steps=6),
        Request("another thing", 1.0, seed=2, steps=6, then=THEN),
    ]
    together = engine.features(requests)
    assert [len(row) for row in together] == [30, 80]
    for request, row in zip(requests, together, strict=True):
        np.testing.assert_allclose(row, engine.features([request])[0], atol=1e-3)


def test_the_references_shown_are_those_of_all_segments(engine, generate):
    request = Request("a person does thing 3", 1.5, then=THEN)
    shown = [reference.id for reference in engine.retrieve(request)]
    motion = generate(engine, then=THEN)[0]
    assert shown == [each["id"] for each in motion.meta["references"]]
    assert len(shown) == 6
    assert all(before <= after for before, after in pairwise(part["start"] for part in motion.meta["segments"]))
