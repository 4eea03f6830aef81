"""The benchmark runs and says what it measured; how fast is not for a test to judge."""

import json
import sys

import bench_features


def test_it_prints_json_and_a_sentence(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["bench_features.py", "--frames", "300", "--clip-frames", "50", "--repeats", "1"])
    bench_features.main()
    printed = capsys.readouterr()
    figures = json.loads(printed.out)["seconds"]
    assert set(figures) == {"HumanML3D", "KIT-ML"}
    assert all(seconds >= 0 for of_one in figures.values() for seconds in of_one.values())
    assert "300 frames" in printed.err
