"""`run.py demo`: two sentences, and what came out of them in `out/demo/`."""

from __future__ import annotations

import time
from dataclasses import dataclass

from . import environment as environments
from .blender_libraries import check_libraries
from .console import Refusal, StepFailed, run_logged, say
from .environment import ROOT, Environment, child_variables

# A file saved by Blender 4.2 opens in every Blender that the add-on supports; one saved by 5.0 does not.
SCENE_BLENDER = "4.2"


@dataclass(frozen=True)
class Scene:
    """One motion of the demo: its files are called `name`."""

    name: str
    prompt: str
    seconds: float
    seed: int


SCENES = (
    Scene("walk_and_turn", "a person walks forward, then turns around", 6.0, 0),
    Scene("jump", "a person jumps", 3.0, 0),
)


def run_demo() -> int:
    """Makes the environments, generates both motions, keys them in one .blend, and says where everything is."""
    started = time.monotonic()
    check_libraries()  # before minutes of installing
    backend = environments.ensure(environments.main_environment(with_tests=False))
    blender = environments.ensure(environments.blender_environment(SCENE_BLENDER))
    folder = ROOT / "out" / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    say("Generating")
    for scene in SCENES:
        _generate(backend, scene)
    motions = [str(folder / f"{scene.name}.npz") for scene in SCENES]
    script = ROOT / "scripts" / "runner" / "demo_scene.py"
    _step("both in one .blend", "demo-blend", (str(blender.python), str(script), str(folder / "demo.blend"), *motions))
    say(f"\nDone in {time.monotonic() - started:.0f} s. In {folder}:")
    for name, what in _files():
        say(f"  {name:<20} {what}")
    return 0


def _files() -> list[tuple[str, str]]:
    files = [("demo.blend", "both motions, each on its own armature: open it and press the space bar")]
    for scene in SCENES:
        files += [
            (f"{scene.name}.png", f"contact sheet of '{scene.prompt}'"),
            (f"{scene.name}.bvh", "the same for any animation program"),
            (f"{scene.name}.npz", "the same for NumPy"),
        ]
    return files


def _generate(backend: Environment, scene: Scene) -> None:
    command = [str(backend.program("reprise")), "generate", scene.prompt]
    command += ["--seconds", str(scene.seconds), "--seed", str(scene.seed)]
    for suffix in ("npz", "bvh", "png"):
        command += ["--out", str(ROOT / "out" / "demo" / f"{scene.name}.{suffix}")]
    _step(f"'{scene.prompt}'", f"demo-{scene.name}", tuple(command))


def _step(title: str, name: str, command: tuple[str, ...]) -> None:
    log = ROOT / ".cache" / "logs" / f"{name}.log"
    try:
        run_logged(title, command, log, ROOT, child_variables())
    except StepFailed as failure:
        lines = [line for line in failure.output.splitlines() if line.strip()] or ["it printed nothing"]
        raise Refusal(
            f"The demo stopped at {title}: {lines[-1].strip()} (all output: {log.relative_to(ROOT)})"
        ) from failure
