"""A sheet must come out as a picture that shows every pose, left in one colour and right in another."""

import io

import numpy as np
import pytest
from PIL import Image
from poses import march

from reprise.rendering.body import LEFT, RIGHT
from reprise.rendering.contact_sheet import render, save, sheets
from reprise.rendering.mannequin import View
from reprise_core.cleanup import to_motion
from reprise_core.errors import RepriseError


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def coloured(image, colour):
    wanted = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
    return (np.abs(image - wanted).max(axis=-1) < 40).sum()


def test_both_sides_show_in_their_colours():
    image = pixels(render(to_motion(march(60), 20.0, {"prompt": "a person marches"})))
    assert image.shape[1] == 1500
    assert coloured(image, LEFT) > 2000
    assert coloured(image, RIGHT) > 2000


@pytest.mark.parametrize("frames", [1, 2, 200])
@pytest.mark.parametrize("length", [1, 2, 40])
def test_any_number_of_poses_of_any_length_can_be_drawn(frames, length):
    assert pixels(render(march(40)[:length], "x", frames)).shape[1] == 1500


@pytest.mark.parametrize("title", ["", "costs $5 and $6 {x_1}", "ж" * 500])
def test_titles_are_plain_text(title):
    assert len(render(march(20), title)) > 1000


def test_poses_without_extent_or_far_away_are_drawn():
    for positions in (np.zeros((5, 22, 3)), march(20) + 1000.0):
        assert len(render(positions)) > 1000


def test_a_page_holds_one_row_for_each_motion_or_pair():
    motions = [(f"motion {i}", march(30)) for i in range(3)]
    one, two = pixels(sheets(motions)), pixels(sheets(motions, columns=2))
    assert one.shape[0] == 3 * two.shape[0] // 2
    with pytest.raises(RepriseError):
        sheets([])


def test_a_file_is_written_whole(tmp_path):
    save(march(20), tmp_path / "deep" / "sheet.png", "x")
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["sheet.png"]


@pytest.mark.parametrize("positions", [np.zeros((4, 21, 3)), np.zeros((0, 22, 3)), np.full((4, 22, 3), np.nan)])
def test_what_is_no_motion_is_refused(positions):
    with pytest.raises(RepriseError):
        render(positions)


@pytest.mark.parametrize("heading", [0.0, 1.0, -2.5])
def test_the_view_turns_with_the_figure_and_sees_forward_to_the_right(heading):
    view = View(heading)
    np.testing.assert_allclose(view.axes @ view.axes.T, np.eye(3), atol=1e-12)
    forward = np.array([np.sin(heading), 0.0, np.cos(heading)])
    right, up, towards = view.axes @ forward
    assert right > 0.3
    assert towards > 0.3
    assert up < 0.0  # nearer ground is lower on the page
