"""The add-on registered on a backend that answers at once, in this process: for what is not about the backend."""

import contextlib
import tempfile
import threading
import time
from pathlib import Path

import bpy
import support


class InstantBackend:
    """Makes `support.motion`s of the request's seeds; with `gate` closed it waits in the middle. Keeps the requests.

    `[refuse]` in a prompt is refused.
    """

    def __init__(self):
        self.requests, self.gate = [], threading.Event()
        self.gate.set()

    @contextlib.contextmanager
    def lease(self):
        yield self

    def generate(self, request):
        self.requests.append(request)
        return str(len(self.requests) - 1)

    def events(self, job):
        from reprise_addon.bridge.client import ServerEvent

        yield ServerEvent("progress", {"stage": "sampling", "step": 1, "total": 2, "eta": 3.0})
        self.gate.wait(60)
        if "[refuse]" in self.requests[int(job)].prompt:
            yield ServerEvent(
                "failed", {"error": {"code": "refused", "message": "It is refused.", "hint": "Ask again."}}
            )
            return
        yield ServerEvent("done", {})

    def result(self, job):
        from reprise_addon.core.motion import to_npz

        request = self.requests[int(job)]
        segments = [{"prompt": part.prompt, "seconds": part.seconds} for part in request.segments]
        motions = []
        for seed in range(request.seed, request.seed + request.count):
            motion = support.motion(sum(part["seconds"] for part in segments), seed, request.prompt)
            motion.meta.update({"engine": request.engine} | ({"segments": segments} if request.then else {}))
            motions.append(motion)
        return to_npz(motions)

    def cancel(self, job):
        del job

    def stop(self):
        self.gate.set()


@contextlib.contextmanager
def registered(fps=24):
    """A fresh scene, the add-on on an `InstantBackend`, and a history of its own; gives (session, backend)."""
    support.fresh_scene(fps)
    addon = support.addon()
    from reprise_addon import history, hosting

    backend, before = InstantBackend(), (hosting.backend, history.user_folder)
    with tempfile.TemporaryDirectory() as folder:
        hosting.backend, history.user_folder = lambda: backend, lambda name: Path(folder) / name
        addon.register()
        try:
            yield addon.session, backend
        finally:
            backend.gate.set()
            addon.unregister()
            hosting.backend, history.user_folder = before


def pump(session, condition=None, within=20.0):
    """The timer's work until the condition, or until no job is left."""
    deadline = time.monotonic() + within
    while not (condition() if condition else not session.current.is_running):
        assert time.monotonic() < deadline, (session.current.error, session.current.waits_for)
        session.pump()
        time.sleep(0.005)


def generate(session, prompt="a person walks", **fields):
    """As a user does in the panel: to a preview on what is selected. Returns the armature."""
    panel = bpy.context.scene.reprise
    for name, value in {"prompt": prompt, "seconds": 2.0, **fields}.items():
        setattr(panel, name, value)
    bpy.ops.reprise.generate(wait=False)
    pump(session)
    assert session.current.error is None, session.current.error
    return bpy.data.objects[session.current.keyed.armature]


def playing(armature):
    animation = armature.animation_data
    return animation.action.name if animation and animation.action else ""


def step(message="step"):
    """What Blender does after each operator of a user: another step of undo."""
    bpy.ops.ed.undo_push(message=message)
