"""`reprise evaluate`: goes on where it was stopped, keeps figures of other settings apart."""

import json

import pytest

from reprise.cli.main import main
from reprise.evaluation import results

QUICK = ("--steps", "2", "--texts", "2", "--generations", "2", "--repeats", "1", "--device", "cpu")


@pytest.fixture
def run(made, capsys):
    def run_one(*arguments, contrastive=made.contrastive, library=made.library):
        files = ("--data", made.data, "--library", library, "--checkpoint", made.checkpoint)
        chosen = ("--contrastive", contrastive) if contrastive else ()
        code = main([str(argument) for argument in ("evaluate", *files, *chosen, *arguments)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run_one


def test_a_run_goes_on_and_measures_nothing_twice(run, few, tmp_path, monkeypatch):
    out = tmp_path / "figures.json"
    chosen = (*QUICK, "--limit", few, "--system", "real", "--system", "full")
    options = (*chosen, "--out", out, "--motions", tmp_path / "motions")
    code, printed, _ = run(*options)
    assert code == 0 and f"n = {few}" in printed and "random training clips against others" in printed
    first = json.loads(out.read_text())
    assert set(first["systems"]) == {"real", "full"}
    assert first["systems"]["full"]["figures"]["fid"]["mean"] == first["systems"]["full"]["repeats"][0]["fid"]
    calls = []
    real = results.protocol.repeat
    monkeypatch.setattr(results.protocol, "repeat", lambda *given: calls.append(given[3]) or real(*given))
    code, _, _ = run(*options, "--repeats", "2", "--system", "retrieval")
    second = json.loads(out.read_text())
    assert code == 0 and sorted(calls) == [0, 1, 1, 1]  # retrieval twice, the others once more
    assert second["systems"]["full"]["repeats"][:1] == first["systems"]["full"]["repeats"]
    assert second["systems"]["full"]["figures"]["fid"]["half_width"] > 0
    assert len(second["floor"]["repeats"]) == 2

    code, _, error = run(*options, "--seed", "1")
    assert code == 2 and "holds figures with another seed (0, not 1)" in error
    code, _, error = run(*options, "-k", "1")
    assert code == 2 and "holds figures with another sampling" in error


def test_motions_that_were_kept_are_not_made_again(run, few, tmp_path, monkeypatch):
    options = (*QUICK, "--limit", few, "--system", "full", "--motions", tmp_path / "motions")
    _, first, _ = run(*options, "--json")
    assert len(list((tmp_path / "motions").glob("*.npz"))) == 2  # those of the clips, and the several takes
    monkeypatch.setattr("reprise.pipelines.remodiffuse.ReMoDiffuse.features", lambda *given: 1 / 0)
    _, second, _ = run(*options, "--json")
    assert json.loads(first)["systems"] == json.loads(second)["systems"]


def test_one_sentence_for_what_cannot_be(run, made, tmp_path):
    for options, sentence in (
        ({"contrastive": made.checkpoint}, "is reprise-diffusion-1, not reprise-contrastive-1"),
        ({"contrastive": tmp_path / "none"}, "There is no checkpoint at"),
    ):
        code, out, error = run(*QUICK, **options)
        assert code == 2 and sentence in error and out == "" and len(error.splitlines()) == 1
    code, _, error = run(*QUICK, "--system", "remomask", "--remomask", tmp_path / "none")
    assert code == 2 and "There is no checkpoint at" in error
    code, _, error = run(*QUICK, "--published", tmp_path)
    assert code == 2 and "Two evaluators are given. Give either --contrastive or --published." in error
    code, _, error = run(*QUICK, "--system", "perfect")
    assert code == 2 and "no system 'perfect'" in error
    code, _, error = run("--tables", tmp_path, "--system", "real")
    assert code == 2 and "--tables measures its own systems" in error
    code, _, error = run("--tables", tmp_path, "--precision", "bf16")
    assert code == 2 and "--tables measures its own systems, as they are" in error
    code, _, error = run(*QUICK, "--split", "train")
    assert code == 2 and "holds 12 clips of the split 'train'" in error
    code, _, error = run(*QUICK, "--limit", "20")
    assert code == 2 and "pools of 32" in error
