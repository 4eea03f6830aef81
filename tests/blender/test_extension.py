"""The extension as Blender's users meet it: from a file, from a repository, updated, and gone again."""

import functools
import http.server
import subprocess
import sys
import threading

import pytest
from blenders import HERE, ROOT, background_commands, blenders, environment, fake_python, report, script_command
from blocks import elsewhere

from release import extension
from release.extension_tool import find_tool

LIFE = HERE / "extension_life.py"
COMMANDS, BLENDERS = background_commands(), blenders()
TAKE = ["a person waves", "a person waves", 3]


@pytest.fixture(scope="module")
def staged(tmp_path_factory):
    """The extension's folder without the 20 MB that install a backend: tests/bridge has these."""
    return extension.stage(tmp_path_factory.mktemp("extension") / "reprise", with_payload=False)


def set_version(staged, version):
    manifest = staged / "blender_manifest.toml"
    lines = manifest.read_text(encoding="utf-8").splitlines(keepends=True)
    manifest.write_text(
        "".join(f'version = "{version}"\n' if line.startswith("version") else line for line in lines), encoding="utf-8"
    )


def visit(command, folder, *arguments):
    own = folder / "user"
    own.mkdir(exist_ok=True)
    return report(
        script_command(command, LIFE, arguments[0], own, *arguments[1:]), timeout=300, env=environment(own), cwd=folder
    )


@pytest.mark.skipif(not COMMANDS, reason="neither bpy nor Blender here (REPRISE_BPY, REPRISE_BLENDER)")
@pytest.mark.parametrize("command", [command for _, command in COMMANDS], ids=[name for name, _ in COMMANDS])
def test_from_disk_it_installs_generates_and_leaves_nothing(command, staged, tmp_path):
    """In a Blender by the two commands of docs/first-motion.md, in a wheel, which has no such commands, from inside."""
    python = fake_python(tmp_path, "--step-seconds", "0.001")
    if command[-1] == "-P":
        left = _build_and_install_as_shown(command[0], tmp_path)
        found = visit([command[0], "-b", "-P"], tmp_path, "installed", python, *left)
    else:
        archive = extension.build(staged, tmp_path / "built", find_tool(None))
        found = visit(command, tmp_path, "disk", archive, python)
    assert found["takes"] == [TAKE]
    assert (found["runs"], found["registered"], found["left"]) == (False, [], [])


def _build_and_install_as_shown(blender, folder):
    """Returns what Blender then keeps for itself: its settings, in which the extension is enabled."""
    here = "tests/blender/test_extension.py::test_from_disk_it_installs_generates_and_leaves_nothing"
    build, install = (words for block in elsewhere(here, "first-motion.md") for words in block.commands)
    built = subprocess.run(
        [sys.executable, *build[1:], "--out", str(folder / "dist"), "--blender", blender],
        capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip
    if "NewConnectionError" in built.stderr:
        pytest.skip("the package index cannot be reached, and the extension carries pip from there")
    assert built.returncode == 0, built.stderr
    own = folder / "user"
    own.mkdir()
    done = subprocess.run(
        [blender, *install[1:]], capture_output=True, text=True, env=environment(own), cwd=folder, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return ("config", "config/userpref.blend")


@pytest.mark.skipif(not BLENDERS, reason="no Blender that keeps settings here (REPRISE_BLENDER)")
@pytest.mark.parametrize("blender", BLENDERS, ids=[path.name for path in BLENDERS])
def test_from_a_repository_it_updates_and_keeps_settings_and_takes(blender, staged, tmp_path):
    command, tool, dist = [str(blender), "-b", "-P"], find_tool(blender), tmp_path / "dist"
    python = str(fake_python(tmp_path, "--step-seconds", "0.001"))
    kept = {"settings": ["PYTHON", python, False], "takes": [TAKE], "backend": True}
    with _served(dist) as url:
        _publish(staged, dist, tool, "1.0.0")
        first = visit(command, tmp_path, "install", f"{url}/index.json", python)
        assert {name: first[name] for name in ("version", *kept)} == {"version": "1.0.0", **kept}
        _publish(staged, dist, tool, "1.1.0")
        second = visit(command, tmp_path, "update")
        assert second["before"] == {"version": "1.0.0", **kept}
        assert {name: second[name] for name in ("version", *kept)} == {"version": "1.1.0", **kept}
        third = visit(command, tmp_path, "remove", *first["tree"])
    assert {name: third[name] for name in ("version", *kept)} == {"version": "1.1.0", **kept}
    assert [take[1] for take in third["all_takes"]] == ["a person walks", "a person waves"]
    assert (third["runs"], third["registered"], third["left"]) == (False, [], [])


def _publish(staged, dist, tool, version):
    set_version(staged, version)
    extension.write_index(extension.build(staged, dist, tool), tool)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_arguments):
        pass


class _served:  # noqa: N801 - read as a verb
    """A web server on this machine for a folder; gives its address."""

    def __init__(self, folder):
        handler = functools.partial(_Quiet, directory=str(folder))
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_port}"

    def __exit__(self, *_error):
        self._server.shutdown()
        self._server.server_close()
