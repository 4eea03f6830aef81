"""The report on clean-up must show what the lock changed, and that nothing else did."""

import numpy as np
import pytest
from gaits import walker

from reprise.evaluation.foot_lock import generated, main, trembling


def test_a_gliding_walk_is_reported_stage_by_stage_and_holds_the_projects_bounds():
    noise = 0.005 * np.random.default_rng(0).normal(size=(80, 22, 3))
    result = generated([walker(speed=0.8, glide=glide)[0] + noise for glide in (0.3, 0.5)])
    assert result["takes"] == 2
    assert result["raw"]["lower_foot_slide"] > 3.0 * result["locked"]["lower_foot_slide"]
    assert result["raw"]["jitter"] > 2.0 * result["free"]["jitter"]
    assert result["held_slide_mm"]["mean"] < 0.5
    assert result["locked"]["penetration"] < 5.0
    assert result["others_turned_deg"] < 0.01
    assert 0.0 <= result["pelvis_lowered_mm"] < 50.1
    assert 0.5 < result["travel_kept"] < 0.9


def test_trembling_recordings_come_back_better_than_a_gaussian_brings_them():
    rows = {
        (row["noise_mm"], row["smoother"]): row for row in trembling([walker(speed=speed)[0] for speed in (0.5, 0.8)])
    }
    for noise in (0.0, 2.0, 5.0, 10.0):
        ours, gaussian, none = (rows[noise, name] for name in ("remove_jitter", "Gaussian, 0.04 s", "none"))
        assert ours["error_mm"] < gaussian["error_mm"]
        assert noise > 5.0 or abs(ours["peak_speed"] - 1.0) < abs(gaussian["peak_speed"] - 1.0)
        assert noise == 0.0 or ours["error_mm"] < none["error_mm"]
    assert rows[0.0, "none"]["error_mm"] == 0.0
    assert rows[0.0, "none"]["peak_speed"] == rows[0.0, "none"]["jerk"] == 1.0


@pytest.mark.parametrize("content", [None, "", "name\nx\n", "prompt,seconds\nx,long\n"])
def test_what_is_no_prompts_file_is_refused_in_a_sentence(tmp_path, content, capsys):
    file = tmp_path / "prompts.csv"
    if content is not None:
        file.write_text(content)
    assert main(["--prompts", str(file)]) == 2
    assert str(file) in capsys.readouterr().err
