"""`reprise doctor`: what is wrong is found and said, and nothing private with it."""

import base64
import hashlib
from importlib import metadata
from pathlib import Path

import pytest

import reprise
from reprise import assets
from reprise.doctor import checkup, files, installation
from reprise.doctor.finding import Finding, Status


def by_subject(found):
    return {finding["subject"]: finding for finding in found["findings"]}


def test_a_whole_installation_is_in_order(run, engine):
    outcome = run("doctor")
    assert outcome.code == 0, outcome.out
    assert f"{reprise.__version__}, " in outcome.out
    assert outcome.out.splitlines()[-1] == "Everything is in order."
    for subject in ("python", "packages", "device", "threads", "weights", "text", "library", "disk", "speed"):
        assert any(line.split()[1] == subject for line in outcome.out.splitlines() if line.startswith("ok"))
    assert any("MiniLM" in line and "SHA-256 right" in line for line in outcome.out.splitlines())
    assert engine.loaded_with is not None


@pytest.mark.usefixtures("engine")
def test_damaged_weights_and_missing_packages_are_named_and_hide_nothing_else(run, monkeypatch, tmp_path):
    damaged = tmp_path / "weights.safetensors"
    damaged.write_bytes(assets.CHECKPOINT.read_bytes()[:10_000])
    monkeypatch.setitem(assets.CHECKPOINTS, "remodiffuse", damaged)
    needed = ["numpy>=999", "no-such-package>=1", 'no-such-extra; extra == "more"', "torch; python_version < '3'"]
    monkeypatch.setattr(installation.metadata, "requires", lambda name: needed)
    outcome = run("doctor", "--json")
    assert (outcome.code, outcome.err) == (1, "")
    found = outcome.json
    texts = [finding["text"] for finding in found["findings"] if finding["status"] == "problem"]
    assert found["problems"] == len(texts) == 3
    assert "'numpy' is" in texts[0] and ">=999" in texts[0]
    assert texts[1] == "'no-such-package' is missing."
    assert "weights.safetensors" in texts[2]
    assert all(finding["hint"] for finding in found["findings"] if finding["status"] == "problem")
    assert by_subject(found)["extra no-such-extra"]["status"] == "left out"
    assert {by_subject(found)[subject]["status"] for subject in ("weights", "library", "speed")} == {"ok"}


@pytest.mark.usefixtures("engine")
def test_nobody_is_named(run, monkeypatch):
    monkeypatch.setenv("HOME", "/home/annabel")
    monkeypatch.setenv("REPRISE_DATA", "/home/annabel/motions")
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(variable, "annabel")
    monkeypatch.setattr("platform.node", lambda: "annas-laptop.corp.example")

    def stumbles():
        yield Finding("disk", Status.OK, "/home/annabel/x on annas-laptop.corp.example", "ask Annabel")
        raise PermissionError(13, "Permission denied", "/home/annabel/secret")

    monkeypatch.setitem(checkup.CHECKS, "own library", stumbles)
    for outcome in (run("doctor"), run("doctor", "--json")):
        assert outcome.code == 1
        assert not [name for name in ("annabel", "annas-laptop", "corp.example") if name in outcome.out.lower()]
        assert "~/motions" in outcome.out
        assert "PermissionError" in outcome.out and "~/secret" in outcome.out


@pytest.mark.parametrize(("content", "unchanged"), [(b"as packed", True), (b"as pocked", False), (None, False)])
def test_a_byte_that_changed_since_packing_is_noticed(content, unchanged, monkeypatch, tmp_path):
    class Packed:
        hash = metadata.FileHash(
            "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(b"as packed").digest()).decode()[:-1]
        )

        def locate(self):
            return tmp_path / "weights.bin"

    if content is not None:
        (tmp_path / "weights.bin").write_bytes(content)
    monkeypatch.setattr(files.assets, "__file__", str(Path(tmp_path) / "__init__.py"))
    monkeypatch.setattr(files.metadata, "files", lambda name: [Packed()])
    assert files.unchanged_since_packed() == {"weights.bin": unchanged}


@pytest.mark.usefixtures("engine")
def test_what_is_not_as_packed_is_a_problem_and_what_is_says_so(run, monkeypatch):
    marks = {assets.CHECKPOINT.name: True, assets.RETRIEVER.name: False, assets.LIBRARY.name: False}
    monkeypatch.setattr(files, "unchanged_since_packed", lambda: marks)
    outcome = run("doctor")
    said = {name: line for line in outcome.out.splitlines() for name in marks if f" {name}" in line}
    assert outcome.code == 1
    assert said[assets.CHECKPOINT.name].endswith("SHA-256 right")
    assert all("not as it was packed" in said[name] for name in marks if not marks[name])


@pytest.mark.parametrize(("content", "problem"), [(b"other weights", "is not the official"), (None, "does not exist")])
@pytest.mark.usefixtures("engine")
def test_a_text_encoder_that_is_not_the_official_one_is_a_problem(content, problem, run, monkeypatch, tmp_path):
    if content is not None:
        (tmp_path / "model.safetensors").write_bytes(content)
    monkeypatch.setattr("reprise.text.minilm.installed_folder", lambda: tmp_path)
    finding = by_subject(run("doctor", "--json").json)["text encoder"]
    assert finding["status"] == "problem"
    assert problem in finding["text"] and finding["hint"]


def test_a_full_disk_is_a_problem(monkeypatch):
    monkeypatch.setattr(files.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 3e8}))
    assert {finding.status for finding in files.disk_space()} == {Status.PROBLEM}


def test_who_made_the_environment_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(installation.sys, "prefix", str(tmp_path))
    (tmp_path / "installed.json").write_text('{"version": "0.1.0", "build": "CPU"}')
    assert "Blender extension 0.1.0 (CPU)" in next(installation.versions()).text
