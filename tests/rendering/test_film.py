"""A film plays, is as long as the motion, keeps the figure in the picture and marks the feet that stand."""

import io
from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest
from walking import walk

from reprise.rendering import mp4
from reprise.rendering.body import LEFT, RIGHT, parts
from reprise.rendering.camera import following
from reprise.rendering.film import film
from reprise.rendering.scene import Scene
from reprise_core.errors import RepriseError
from reprise_core.looping import loop
from reprise_core.root_motion import moved, to_root_track

SIZE = (192, 160)


def played(data):
    """The stream's format, and its frames (T, H, W, 3)."""
    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        kind = (context.name, context.pix_fmt, context.width, context.height, stream.average_rate)
        return kind, np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


def near(image, colour, within=45):
    wanted = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
    return np.abs(image.astype(int) - wanted).max(axis=-1) < within


@pytest.mark.parametrize(("fps", "rate"), [(30.0, Fraction(30)), (29.97, Fraction(30000, 1001)), (12.0, Fraction(12))])
def test_it_is_h264_that_plays_everywhere_and_lasts_as_long_as_the_motion(fps, rate):
    data = film([walk(40)], fps, *SIZE)
    kind, frames = played(data)
    assert kind == ("h264", "yuv420p", *SIZE, rate)
    assert data.index(b"moov") < data.index(b"mdat")  # a browser can begin before all of it is there
    assert len(frames) == int(39 / 20 * rate + 1e-6) + 1 + round(0.4 * rate)


def test_takes_stand_side_by_side_and_the_shorter_one_waits():
    _, frames = played(film([walk(40), walk(20)], 10.0, 384, 160))
    left, right = frames[:, :-4, :192].astype(int), frames[:, :-4, 192:].astype(int)
    for half in (left, right):
        assert near(half[0], LEFT).sum() > 60
        assert near(half[0], RIGHT).sum() > 60
    late = slice(12, 18)
    assert np.abs(np.diff(right[late], axis=0)).mean() < 0.2 * np.abs(np.diff(left[late], axis=0)).mean()


def test_a_cycle_goes_round_for_four_seconds_and_travel_on_a_track_is_shown():
    cycle = loop(walk(60))
    _, frames = played(film([cycle], 10.0, 64, 64))
    assert 40 <= len(frames) < 40 + 11
    world, tracked = (played(film([each], 10.0, 64, 64))[1] for each in (cycle, to_root_track(cycle)))
    different = np.abs(world.astype(int) - tracked)
    assert np.quantile(different, 0.999) < 40 and different.mean() < 2.0  # what the film's compression leaves


def test_it_tells_how_far_it_is():
    told = []
    film([walk(10)], 10.0, 64, 64, lambda frame, frames: told.append((frame, frames)))
    assert told == [(i + 1, len(told)) for i in range(len(told))]


@pytest.mark.parametrize("turn", [0.0, 1.5])
@pytest.mark.parametrize(("speed", "size"), [(0.9, (1280, 720)), (0.9, (360, 720)), (0.3, (720, 720))])
def test_the_whole_figure_stays_in_the_picture(turn, speed, size):
    motion = walk(80, turn=turn, speed=speed)
    positions = motion.positions.astype(float)
    camera = following(positions, 0.12, 0.0, motion.fps, *size)
    for part in parts(positions):
        for frame in range(0, 80, 9):
            right, up, depth = np.moveaxis(camera.seen(frame, part.ends[frame]), -1, 0)
            reach = part.radii
            assert np.all(camera.focal * (np.abs(right) + reach) / depth < size[0] / 2)
            assert np.all(camera.focal * (np.abs(up) + reach) / depth < size[1] / 2)


def test_the_camera_goes_with_the_figure_from_the_first_frame_to_the_last():
    motion = walk(100, speed=0.9, sway=0.0)
    camera = following(motion.positions.astype(float), 0.12, 0.0, motion.fps, 640, 360)
    np.testing.assert_allclose(np.diff(camera.eyes, axis=0), np.tile([0.0, 0.0, 0.9 / 20], (99, 1)), atol=1e-6)


def test_a_foot_in_contact_has_its_print_and_one_in_the_air_has_none():
    motion = walk(40)
    standing = [np.zeros((40, 4), np.float32) + np.array(feet, np.float32) for feet in ([1, 1, 0, 0], [0, 0, 1, 1], 0)]
    left, right, none = (
        Scene(replace(motion, foot_contact=contact), 640, 360).draw(10).astype(int) for contact in standing
    )
    for marked, colour, other in ((left, LEFT, RIGHT), (right, RIGHT, LEFT)):
        changed = np.abs(marked - none).max(axis=-1) > 12
        assert 150 < changed.sum() < 3000
        assert near(marked, colour, 70)[changed].mean() > 0.4
        assert not near(marked, other)[changed].any()


def test_the_picture_turns_and_goes_with_the_figure():
    """Only the grid tells where in the world a film was taken."""
    motion = walk(10)
    pictures = [
        Scene(each, 320, 240).draw(5)[150:].astype(int) for each in (motion, moved(motion, (1.0, -2.5, np.pi / 2)))
    ]
    assert (np.abs(pictures[0] - pictures[1]).max(axis=-1) > 12).mean() < 3e-3  # edges fall on other samples


@pytest.mark.parametrize(
    ("fps", "width", "height"), [(0.0, 64, 64), (1000.0, 64, 64), (30.0, 63, 64), (30.0, 64, 8), (30.0, 64, 99998)]
)
def test_formats_that_no_player_takes_are_refused(fps, width, height):
    with pytest.raises(RepriseError, match=r"frames a second|pixels"):
        film([walk(5)], fps, width, height)


def test_what_cannot_be_drawn_is_refused():
    motion = walk(5)
    broken = motion.positions.copy()
    broken[3, 2] = np.nan
    with pytest.raises(RepriseError, match="Frame 3"):
        film([replace(motion, positions=broken)], 10.0, 64, 64)
    with pytest.raises(RepriseError, match="another skeleton"):
        film([replace(motion, joint_names=("root",))], 10.0, 64, 64)
    with pytest.raises(RepriseError):
        film([], 10.0, 64, 64)


def test_a_machine_without_the_codec_is_told_in_one_sentence(monkeypatch):
    monkeypatch.setattr(mp4, "_CODEC", "no_such_codec")
    with pytest.raises(RepriseError, match=r"cannot write H\.264"):
        film([walk(5)], 10.0, 64, 64)


@pytest.mark.parametrize("frames", [1, 2])
def test_very_short_motions_and_long_titles_are_filmed(frames):
    motion = replace(walk(frames), meta={"prompt": "a very long sentence, ж 走 " * 40})
    kind, _ = played(film([motion], 10.0, *SIZE))
    assert kind[0] == "h264"
