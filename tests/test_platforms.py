"""What differs on Windows and macOS, played here: folders, programs' places, command lines, code pages, cut-off pipes.

Nothing of it has run on a real Windows or macOS; docs/reliability.md says so.
"""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from reprise_addon.bridge import command as bridge_command
from reprise_addon.bridge.child import child_variables
from reprise_addon.bridge.install import environments, fetch_python

from reprise import user_data
from reprise.library import connections
from runner.environment import Environment


@pytest.mark.parametrize(
    ("system", "variables", "folder"),
    [
        ("win32", {"LOCALAPPDATA": "/c/Users/Jürgen Ö/AppData/Local"}, "/c/Users/Jürgen Ö/AppData/Local/Reprise"),
        ("win32", {}, "/home/anna/AppData/Local/Reprise"),
        ("darwin", {}, "/home/anna/Library/Application Support/Reprise"),
        ("linux", {"XDG_DATA_HOME": "/data"}, "/data/reprise"),
        ("linux", {"XDG_DATA_HOME": "relative"}, "/home/anna/.local/share/reprise"),  # not allowed by XDG: ignored
        ("win32", {"REPRISE_DATA": "/elsewhere"}, "/elsewhere"),
    ],
)
def test_the_users_data_lie_where_the_system_wants_them(system, variables, folder, monkeypatch):
    for name in ("LOCALAPPDATA", "XDG_DATA_HOME", "REPRISE_DATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": "/home/anna", **variables}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(user_data.sys, "platform", system)
    assert user_data.folder().as_posix() == folder


def test_windows_keeps_programs_and_packages_of_an_environment_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setattr(environments.sys, "platform", "win32")
    for name in ("a-1", "b-2"):
        (tmp_path / "Lib/site-packages" / f"{name}.dist-info").mkdir(parents=True)
    assert environments.packages_in(tmp_path) == 2
    python = tmp_path / ".venv/Scripts/python.exe"
    python.parent.mkdir(parents=True)
    python.touch()
    monkeypatch.setattr(bridge_command, "_CHECKOUT", tmp_path)
    assert bridge_command.find_backend(environment={}) == [str(python), "-m", "reprise"]
    with zipfile.ZipFile(tmp_path / "uv-1-py3-none-win_amd64.whl", "w") as wheel:
        wheel.writestr("uv-1.data/scripts/uv.exe", "MZ")
    assert fetch_python._unpack(tmp_path).name == "uv.exe"


def test_the_scripts_environments_know_windows_too(tmp_path, monkeypatch):
    made = Environment(tmp_path, (), 0.0)
    monkeypatch.setattr("runner.environment.os.name", "nt")
    assert made.program("reprise").relative_to(tmp_path).as_posix() == "Scripts/reprise.exe"


@pytest.mark.parametrize(
    ("system", "shown"),
    [
        ("win32", 'reprise library create "C:\\My Motion\\mine.sqlite"'),
        ("linux", "reprise library create 'C:\\My Motion\\mine.sqlite'"),
    ],
)
def test_a_command_to_paste_is_quoted_as_the_systems_shell_reads_it(system, shown, monkeypatch):
    monkeypatch.setattr(connections.sys, "platform", system)
    assert connections.command("reprise", "library", "create", "C:\\My Motion\\mine.sqlite") == shown


@pytest.mark.parametrize("page", ["cp1252", "cp437", "ascii"])
def test_no_code_page_stops_a_command_from_printing(page, tmp_path):
    """As on a Windows console of the West: a prompt in Japanese is echoed escaped, never a traceback."""
    variables = {**os.environ, "PYTHONIOENCODING": page, "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "reprise", "generate", "歩く", "--seconds", "0.1", "--out", tmp_path / "跳ぶ.bvh"],
        capture_output=True, env=variables, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode(page).startswith("reprise: ")
    assert b"Traceback" not in done.stderr


def test_a_backend_speaks_utf8_whatever_the_system_does():
    given = {"Path": "C:\\bin", "PythonHome": "C:\\Blender", "CONDA_PREFIX": "x", "SystemRoot": "C:\\Windows"}
    kept = child_variables(given)
    assert {"Path", "SystemRoot"} <= set(kept)  # without SystemRoot no Windows program gets a socket
    assert not {"PythonHome", "CONDA_PREFIX"} & set(kept)
    assert (kept["PYTHONUTF8"], kept["PYTHONIOENCODING"]) == ("1", "utf-8")


def test_every_text_file_is_opened_in_a_named_encoding():
    """Python's default is the code page on Windows up to 3.14, and UTF-8 here: only reading the code can tell."""
    import ast

    root = Path(__file__).resolve().parents[1]
    silent = []
    for path in [p for part in ("addon", "backend/reprise", "scripts") for p in sorted((root / part).rglob("*.py"))]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                named = {keyword.arg for keyword in node.keywords}
                if node.func.attr in ("read_text", "write_text") and "encoding" not in named:
                    silent.append(f"{path.relative_to(root)}:{node.lineno}")
    assert not silent
