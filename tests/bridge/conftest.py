"""Makes `reprise_addon` importable without Blender: the add-on's package, but not its `__init__`, which needs bpy."""

import sys
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLAYING_BACKEND = Path(__file__).with_name("playing_backend.py")
FAKE_SERVER = ROOT / "tests/serving/fake_server.py"

sys.path.insert(0, str(Path(__file__).parent))  # `made_packages`
if "reprise_addon" not in sys.modules:
    package = types.ModuleType("reprise_addon")
    package.__path__ = [str(ROOT / "addon")]
    sys.modules["reprise_addon"] = package


@pytest.fixture
def backend(tmp_path):
    """Makes a `BackendProcess` of the fake server with the given extra arguments; all are stopped at the end."""
    from reprise_addon.bridge.backend_process import BackendProcess

    made = []

    def make(*arguments, **options):
        program = tmp_path / "fake.py"
        # Stands for `reprise`: drops the word `serve`, as the fake server has no other command.
        program.write_text(
            f"import sys, runpy\nsys.argv = [{str(FAKE_SERVER)!r}, *sys.argv[1:]]\nsys.argv.remove('serve')\n"
            f"sys.path.insert(0, {str(FAKE_SERVER.parent)!r})\n"
            f"runpy.run_path({str(FAKE_SERVER)!r}, run_name='__main__')\n",
            encoding="utf-8",
        )
        command = [sys.executable, str(program), *arguments]
        made.append(BackendProcess(tmp_path / "logs", lambda: command, **options))
        return made[-1]

    yield make
    for process in made:
        process.stop()


@pytest.fixture
def playing(tmp_path):
    """Makes a `BackendProcess` of the program that plays this part (see `playing_backend.py`)."""
    from reprise_addon.bridge.backend_process import BackendProcess

    made = []

    def make(part="well", **options):
        command = [sys.executable, str(PLAYING_BACKEND), part]
        made.append(BackendProcess(tmp_path / "logs", lambda: command, **options))
        return made[-1]

    yield make
    for process in made:
        process.stop()


@pytest.fixture
def scripted(tmp_path):
    """Makes a `BackendProcess` that runs the given Python source instead of a server."""
    from reprise_addon.bridge.backend_process import BackendProcess

    made = []

    def make(source, **options):
        program = tmp_path / "scripted.py"
        program.write_text(source, encoding="utf-8")
        made.append(BackendProcess(tmp_path / "logs", lambda: [sys.executable, str(program)], **options))
        return made[-1]

    yield make
    for process in made:
        process.stop()
