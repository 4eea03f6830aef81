"""A real Blender with a window on a virtual display, used as a person does: by mouse and keyboard.

Set REPRISE_PICTURES to a folder to keep what the screen shows.
"""

import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from blenders import (
    HERE,
    ROOT,
    background_commands,
    blenders,
    environment,
    fake_python,
    report,
    script_command,
)

BLENDERS = blenders()
TOOLS = [tool for tool in ("Xvfb", "xdotool") if shutil.which(tool) is None]
pytestmark = [
    pytest.mark.skipif(not BLENDERS, reason="no Blender here (REPRISE_BLENDER)"),
    pytest.mark.skipif(bool(TOOLS), reason=f"not installed: {', '.join(TOOLS)}"),
]
PROMPT_ROW, STYLE_ROW, GENERATE_ROW = 46, 68, 154  # pixels below the sidebar's upper edge, at a UI scale of 1
SLOW = 120.0  # seconds that anything may take on a busy machine


class Window:
    """A running Blender and what it tells of itself."""

    def __init__(self, folder, display, blender):
        self.folder, self.display, self.blender = folder, display, blender
        self.state_file, self.quit_file = folder / "state.json", folder / "quit"

    @property
    def state(self):
        """The state from now on: the one on disk may be older than the last click."""
        self.state_file.unlink(missing_ok=True)
        deadline = time.monotonic() + SLOW
        while not self.state_file.exists():
            assert time.monotonic() < deadline, "the window hangs"
            assert self.blender.poll() is None, f"Blender ended: {self.log()}"
            time.sleep(0.02)
        return json.loads(self.state_file.read_text())

    def until(self, condition, what):
        deadline = time.monotonic() + SLOW
        while not condition(state := self.state):
            assert time.monotonic() < deadline, f"not {what}: {state}\n{self.log()}"
        return state

    def log(self):
        return (self.folder / "blender.log").read_text(errors="replace")[-2000:]

    def x(self, *arguments):
        subprocess.run(["xdotool", *map(str, arguments)], env={**os.environ, "DISPLAY": self.display}, check=True)
        time.sleep(0.2)
        for _ in range(2):  # a slow machine has then seen the event, and drawn what came of it
            assert self.state

    def click(self, x, y):
        self.x("mousemove", x - 3, y)
        self.x("mousemove", x, y)  # a button lights up before it can be pressed
        self.x("mousedown", 1)
        self.x("mouseup", 1)

    def row(self, below, across=0.35):
        """A point in a row of the panel."""
        left, top, width, _ = self.state["sidebar"]
        return round(left + across * width), top + below

    def type_prompt(self, text):
        """Enter ends the editing."""
        self.select_text(PROMPT_ROW)
        self.x("type", "--delay", 30, text)

    def select_text(self, row):
        """Double-click begins to edit a field."""
        x, y = self.row(row)
        self.x("mousemove", x, y)
        self.x("click", "--repeat", 2, "--delay", 80, 1)
        self.x("key", "ctrl+a")

    def hover_viewport(self):
        left, top, width, height = self.state["viewport"]
        self.x("mousemove", left + width // 4, top + 3 * height // 4)

    def picture(self, name):
        folder = os.environ.get("REPRISE_PICTURES")
        if folder and shutil.which("import"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            redraw = self.quit_file.with_name("redraw")
            redraw.touch()
            deadline = time.monotonic() + SLOW
            while redraw.exists():
                assert time.monotonic() < deadline, "the window hangs"
                time.sleep(0.05)
            command = ["import", "-window", "root", str(Path(folder) / f"{name}.png")]
            subprocess.run(command, env={**os.environ, "DISPLAY": self.display}, check=True)


@pytest.fixture(scope="module")
def display():
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1600x900x24", "+extension", "GLX", "-nolisten", "tcp"]
    xvfb = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        assert select.select([read], [], [], SLOW)[0], "Xvfb does not start"
        yield f":{os.read(read, 16).decode().strip()}"
    finally:
        os.close(read)
        xvfb.terminate()
        xvfb.wait()


@pytest.fixture(params=BLENDERS, ids=[path.name for path in BLENDERS])
def open_window(request, display):
    """Opens a Blender whose backend is the scripted server with these arguments; without any, the real one."""
    with contextlib.ExitStack() as stack:
        yield lambda *arguments, **options: stack.enter_context(
            blender_window(request.param, display, arguments, **options)
        )


@contextlib.contextmanager
def blender_window(
    program, display, fake_arguments, scene=None, script=HERE / "in_window.py", takes="1", unfolded="", style=""
):
    # Below /tmp, which a Blender in a chroot sees as well.
    with tempfile.TemporaryDirectory(prefix="reprise-window-") as name:
        folder = Path(name)
        extension = folder / "resources/extensions/user_default/reprise"
        shutil.copytree(ROOT / "addon", extension, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "blender_manifest.toml", extension)
        backend = fake_python(folder, *fake_arguments) if fake_arguments else sys.executable
        own = {"DISPLAY": display, "LIBGL_ALWAYS_SOFTWARE": "1", "REPRISE_PYTHON": str(backend)}
        # How many the panel asks for; panels open; words behind the prompt.
        own |= {"REPRISE_TAKES": takes, "REPRISE_UNFOLDED": unfolded, "REPRISE_STYLE": style}
        command = [program, "--window-geometry", "0", "0", "1600", "900"]
        command += ["--enable-autoexec", scene] if scene else []
        command += ["-P", script, "--"]
        with (folder / "blender.log").open("wb") as log:
            blender = subprocess.Popen(
                [*map(str, command), str(folder / "state.json"), str(folder / "quit")],
                env=environment(folder / "resources", **own),
                stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        try:
            yield Window(folder, display, blender)
        finally:
            if blender.poll() is None:
                blender.kill()
            blender.wait()


def test_a_prompt_becomes_motion_that_plays(open_window):
    """With the real backend, its shipped weights and library."""
    window = open_window()
    state = window.until(lambda s: s["category"] == "Reprise" and s["ticks"] > 5, "opened")
    version = ".".join(state["version"].split(".")[:2])
    window.hover_viewport()
    window.x("key", "a")  # a scene without the default cube, as one would have it
    window.x("key", "Delete")
    prompt = "a person walks forward and waves"
    window.type_prompt(prompt)
    window.x("key", "Return")
    window.click(*window.row(GENERATE_ROW))
    window.until(lambda s: s["running"], "started")
    state = window.until(lambda s: not s["running"], "finished")
    assert state["error"] == ""
    assert state["actions"] == [prompt]
    assert state["active_action"] == prompt

    window.hover_viewport()
    window.x("key", "space")
    seen = [window.until(lambda s, frame=frame: s["frame"] > frame, "playing") for frame in (1, 20, 40)]
    window.x("key", "space")
    window.x("key", "Home")
    wrists = [state["wrist"] for state in seen]
    assert len({tuple(wrist) for wrist in wrists}) == 3, "the armature does not move"
    window.picture(f"panel-{version}")


def test_a_person_types_generates_undoes_cancels_and_survives_a_crash(open_window):
    window = open_window("--step-seconds", "1.0")
    state = window.until(lambda s: s["category"] == "Reprise" and s["ticks"] > 5, "opened")
    before = {name: state[name] for name in ("actions", "armatures", "frame_end")}
    version = ".".join(state["version"].split(".")[:2])

    window.type_prompt("a person waves with the left arm")
    window.x("key", "Return")
    assert window.state["prompt"] == "a person waves with the left arm"

    # Generate: the window goes on drawing and obeying while the backend works.
    window.click(*window.row(GENERATE_ROW))
    state = window.until(lambda s: s["stage"] == "sampling" and s["fraction"] > 0.2, "sampling")
    window.hover_viewport()
    had_toolbar = window.state["toolbar"]
    window.x("key", "t")
    state = window.until(lambda s: s["toolbar"] != had_toolbar, "obeying the keyboard")
    assert state["running"], "the toolbar was toggled only after the job"
    assert {name: state[name] for name in before} == before
    window.picture(f"running-{version}")
    window.x("key", "t")

    # The keys are there.
    state = window.until(lambda s: not s["running"], "finished")
    assert state["error"] == ""
    armature, actions, first, last = state["keyed"]
    assert (state["armatures"], state["actions"]) == ([armature], ["a person waves with the left arm"])
    assert state["active_action"] == actions[0]
    assert (first, last) == (1, 1 + 142)  # 6 s at 20 fps, 119 steps, are 142.8 frames at 24
    window.picture(f"done-{version}")

    # One undo step takes all of it back, one redo brings it again.
    window.hover_viewport()
    window.x("key", "ctrl+z")
    state = window.until(lambda s: not s["armatures"], "undone")
    assert {name: state[name] for name in before} == before
    assert state["prompt"] == "a person waves with the left arm"
    window.x("key", "ctrl+shift+z")
    window.until(lambda s: s["armatures"] == [armature] and s["active_action"] == actions[0], "redone")

    # Cancel: the button in the same place; nothing comes of it.
    window.click(*window.row(GENERATE_ROW))
    window.until(lambda s: s["stage"] == "sampling", "sampling again")
    window.click(*window.row(GENERATE_ROW))
    state = window.until(lambda s: not s["running"], "cancelled")
    time.sleep(2.0)
    assert window.state["actions"] == actions

    # Generate while the field is being edited, on the armature that is selected now; then the backend dies.
    window.type_prompt("a person [crash]es")
    window.click(*window.row(GENERATE_ROW))
    if not window.state["running"]:  # the first click only left the field
        window.click(*window.row(GENERATE_ROW))
    state = window.until(lambda s: s["error"], "told about the dead backend")
    assert "exit code 3" in state["error"]
    assert (state["backend"], state["actions"], state["running"]) == ("FAILED", actions, False)
    window.picture(f"error-{version}")

    # Blender ends, and with it the backend that was started again.
    window.type_prompt("a person walks")
    window.x("key", "Return")
    window.click(*window.row(GENERATE_ROW))
    pid = window.until(lambda s: s["stage"] == "sampling", "generating again")["pid"]
    window.quit_file.touch()
    assert window.blender.wait(SLOW) == 0
    deadline = time.monotonic() + 20
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not Path(f"/proc/{pid}").exists(), "the backend outlived Blender"


def test_a_style_is_emptied_letter_by_letter_and_typed_anew(open_window):
    window = open_window("--step-seconds", "0.02", style="slowly")
    window.until(lambda s: s["category"] == "Reprise" and s["ticks"] > 5, "opened")
    window.select_text(STYLE_ROW)
    window.x("key", "BackSpace")
    window.x("type", "--delay", 30, "sadly")
    window.x("key", "Return")
    assert window.state["style"] == "sadly"
    window.select_text(STYLE_ROW)
    window.x("key", "BackSpace")
    window.x("key", "Return")
    assert window.state["style"] == ""


@pytest.fixture(scope="module")
def characters():
    """A folder with rigify.blend and mixamo.blend: rigs with bodies."""
    with tempfile.TemporaryDirectory(prefix="reprise-characters-") as name:
        _, command = background_commands()[0]  # the oldest: all others open its files
        report(script_command(command, HERE / "make_characters.py", name), env=environment(Path(name) / "resources"))
        yield Path(name)


@pytest.mark.parametrize("character", ["rigify", "mixamo"] if os.environ.get("REPRISE_PICTURES") else ["rigify"])
def test_a_rig_is_found_tested_and_animated_and_undone(open_window, characters, character):
    """With the real backend: the motion is one to look at."""
    window = open_window(scene=characters / f"{character}.blend", unfolded="REPRISE_PT_rig_mapping")
    state = window.until(lambda s: s["category"] == "Reprise" and s["rig"] and s["ticks"] > 5, "opened")
    version = ".".join(state["version"].split(".")[:2])
    assert (state["rig"]["family"], state["rig"]["joints"], state["actions"]) == (character, 22, [])
    window.hover_viewport()
    window.x("key", "Home")  # all of it in view
    window.picture(f"{character}-mapped-{version}")
    left, top, width, height = state["sidebar"]
    window.x("mousemove", left + width // 2, top + height // 2)
    window.x("click", "--repeat", 40, "--delay", 20, 5)  # the sidebar's end
    window.picture(f"{character}-mapping-{version}")
    window.x("click", "--repeat", 40, "--delay", 20, 4)
    window.hover_viewport()

    # Test Motion; one undo takes all of it away.
    window.x("key", "ctrl+F6")
    state = window.until(lambda s: s["active_action"] == "Rig Test", "tested")
    assert state["rig"]["leg_fk"] in (None, 1.0)
    window.x("key", "ctrl+z")
    state = window.until(lambda s: not s["actions"], "undone")
    assert state["rig"]["leg_fk"] in (None, 0.0)
    assert state["rig"]["family"] == character

    prompt = "a person walks forward and waves"
    window.type_prompt(prompt)
    window.x("key", "Return")
    window.click(*window.row(GENERATE_ROW))
    window.until(lambda s: s["running"], "started")
    state = window.until(lambda s: not s["running"], "finished")
    assert (state["error"], state["keyed"][:2]) == ("", [state["rig"]["name"], [prompt]])
    assert state["active_action"] == prompt and len(state["armatures"]) <= 2  # the meta-rig is one
    assert max(state["draw_ms"].values()) < 1.0, state["draw_ms"]
    window.hover_viewport()
    window.x("key", "ctrl+z")
    window.until(lambda s: not s["actions"] and s["rig"]["leg_fk"] in (None, 0.0), "undone again")
    window.x("key", "ctrl+shift+z")
    window.until(lambda s: s["active_action"] == prompt and s["rig"]["leg_fk"] in (None, 1.0), "redone")
    window.x("key", "space")
    window.until(lambda s: s["frame"] > 40, "playing")
    window.x("key", "space")
    window.x("key", "Home")
    window.picture(f"{character}-moving-{version}")


def test_takes_are_chosen_accepted_undone_saved_opened_again_and_rejected(open_window, characters, tmp_path_factory):
    """By the keys that the add-on brings; with the real backend where pictures are wanted."""
    folder = tmp_path_factory.mktemp("takes")
    scene = Path(shutil.copy(characters / "mixamo.blend", folder / "takes.blend"))
    server = [] if os.environ.get("REPRISE_PICTURES") else ["--step-seconds", "0.02"]
    window = open_window(*server, scene=scene, takes="3")
    state = window.until(lambda s: s["category"] == "Reprise" and s["rig"] and s["ticks"] > 5, "opened")
    version = ".".join(state["version"].split(".")[:2])
    prompt = "a person walks forward and waves"
    window.type_prompt(prompt)
    window.x("key", "Return")
    window.hover_viewport()
    window.x("key", "ctrl+alt+shift+r")
    window.until(lambda s: s["running"], "started")
    state = window.until(lambda s: not s["running"], "finished")
    names = [prompt, f"{prompt}.001", f"{prompt}.002"]
    assert (state["error"], state["takes"], state["preview"]) == ("", names, True)
    assert state["active_action"] == names[0]

    window.x("key", "ctrl+alt+shift+Right")
    window.until(lambda s: s["active_action"] == names[1], "switched")
    window.x("key", "Home")
    window.x("key", "space")
    window.until(lambda s: s["frame"] > 30, "playing")
    window.x("key", "space")
    window.picture(f"takes-{version}")
    window.x("key", "ctrl+alt+shift+a")
    window.until(lambda s: not s["preview"], "accepted")
    window.x("key", "ctrl+z")
    window.until(lambda s: s["preview"] and s["active_action"] == names[1], "undone")
    window.x("key", "ctrl+shift+z")
    window.until(lambda s: not s["preview"] and s["active_action"] == names[1], "redone")

    window.x("key", "ctrl+s")
    window.until(lambda s: s["is_saved"], "saved")
    window.x("key", "ctrl+alt+shift+Left")
    window.until(lambda s: s["active_action"] == names[0], "switched back")
    (window.folder / "reload").touch()
    state = window.until(lambda s: s["active_action"] == names[1], "opened again")
    assert (state["takes"], state["preview"]) == (names, False)

    window.hover_viewport()
    window.x("key", "ctrl+alt+shift+r")
    window.until(lambda s: s["preview"] and len(s["takes"]) == 6, "generated again")
    window.x("key", "ctrl+alt+shift+x")
    state = window.until(lambda s: not s["preview"], "rejected")
    assert (state["takes"], state["active_action"]) == (names, names[1])
    assert max(state["draw_ms"].values()) < 1.0, state["draw_ms"]
