"""The backend is looked for where the user says, and started without what Blender tells Python."""

import os
import sys

import pytest
from reprise_addon.bridge import command
from reprise_addon.bridge.child import child_variables
from reprise_addon.core.errors import RepriseError


def test_the_preference_comes_before_the_variable():
    found = command.find_backend(sys.executable, {"REPRISE_PYTHON": "/nowhere/python"})
    assert found == [sys.executable, "-m", "reprise"]


def test_the_variable_is_used_when_there_is_no_preference():
    assert command.find_backend("", {"REPRISE_PYTHON": sys.executable})[0] == sys.executable


@pytest.mark.parametrize("given", [("/nowhere/python", {}), ("", {"REPRISE_PYTHON": "/nowhere/python"})])
def test_a_python_that_does_not_exist_is_named_and_never_skipped(given):
    with pytest.raises(RepriseError, match="/nowhere/python") as caught:
        command.find_backend(*given)
    assert caught.value.code == "backend_missing"
    assert "REPRISE_PYTHON" in caught.value.hint


def test_nothing_anywhere_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(command, "_CHECKOUT", tmp_path)
    with pytest.raises(RepriseError, match="not installed"):
        command.find_backend("", {"PATH": str(tmp_path)})


def test_what_the_addon_installed_comes_after_the_variable_and_before_the_path(tmp_path):
    installed = tmp_path / "python"
    environment = {"PATH": str(tmp_path), "REPRISE_PYTHON": sys.executable}
    assert command.find_backend("", environment, installed)[0] == sys.executable
    assert command.find_backend("", {"PATH": str(tmp_path)}, installed) == [str(installed), "-m", "reprise"]


def test_a_program_on_the_path_is_the_last_resort(monkeypatch, tmp_path):
    monkeypatch.setattr(command, "_CHECKOUT", tmp_path)
    program = tmp_path / ("reprise.exe" if os.name == "nt" else "reprise")
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert command.find_backend("", {"PATH": str(tmp_path)}) == [str(program)]


def test_blenders_python_variables_are_not_inherited():
    blender = {"PYTHONHOME": "/blender/python", "PYTHONPATH": "/blender", "PYTHONNOUSERSITE": "1", "HOME": "/home/anna"}
    blender |= {"CONDA_PREFIX": "/conda", "VIRTUAL_ENV": "/venv", "__PYVENV_LAUNCHER__": "/x", "PIP_INDEX_URL": "mine"}
    environment = child_variables(blender)
    kept = {"HOME": "/home/anna", "PIP_INDEX_URL": "mine"}
    assert {name: value for name, value in environment.items() if name in blender} == kept
    assert environment["PYTHONUTF8"] == "1"
