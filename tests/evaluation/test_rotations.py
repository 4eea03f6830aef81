"""The report over a built data set: the project's own bounds on how well rotations carry positions."""

import json
from pathlib import Path

import numpy as np
import pytest
from poses import march

from reprise.evaluation.rotations import main, report, turns_between_frames
from reprise.features import humanml3d
from reprise_core.cleanup import to_motion


@pytest.fixture
def data_set(tmp_path: Path) -> Path:
    clips = [humanml3d.normalize(march(50, drift=drift)).astype(np.float32) for drift in (0.0, 0.1)]
    segments = [
        {"id": f"c{i}", "clip": f"c{i}", "recording": f"c{i}", "split": split, "source": "made", "licence": "made",
         "start": 50 * i, "frames": 49, "captions": ["a person marches"]}
        for i, split in enumerate(("train", "test"))
    ]  # fmt: skip
    (tmp_path / "dataset.json").write_text(json.dumps({"format": 1, "fps": 20.0, "segments": segments}))
    np.save(tmp_path / "joints.npy", np.concatenate(clips))
    np.save(tmp_path / "mean.npy", np.zeros(263, np.float32))
    np.save(tmp_path / "std.npy", np.ones(263, np.float32))
    return tmp_path


def test_the_report_counts_the_test_split_and_holds_the_projects_bounds(data_set):
    result = report(data_set)
    assert (result["clips"], result["frames"]) == (1, 49)
    assert result["error_mm"]["mean"] < 10.0
    assert result["error_mm"]["p99"] < 25.0
    assert result["bone_variation_mm"] < 0.01
    assert result["turn_deg"]["largest"] < 60.0
    assert result["foot_slide_mm"]["locked"] < result["foot_slide_mm"]["free"]


def test_the_command_prints_json_and_refuses_other_folders_in_a_sentence(data_set, tmp_path, capsys):
    assert main([str(data_set)]) == 0
    assert json.loads(capsys.readouterr().out)["clips"] == 1
    assert main([str(tmp_path / "nothing")]) == 2
    assert "no data set" in capsys.readouterr().err
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err


def test_a_turn_between_frames_is_in_degrees():
    motion = to_motion(march(40), 20.0, foot_lock=False)
    turns = turns_between_frames(motion)
    cosine = np.abs(np.sum(motion.local_rotations[1:] * motion.local_rotations[:-1], axis=-1)).clip(0, 1)
    np.testing.assert_allclose(turns, np.degrees(2.0 * np.arccos(cosine)), atol=0.1)
