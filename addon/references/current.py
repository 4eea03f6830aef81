"""The lists of this file's scenes, and the motions of the clips on them: found by errands, changed on the main thread.

A scene keeps a key and nothing else; what it stands for lies in memory. So undo and redo turn the list back and forth
with everything else, a file carries nothing of it, and once another file is loaded the key means nothing any more.
"""

from __future__ import annotations

import contextlib
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast

import bpy

from .. import errands, hosting
from ..bridge.client import Client
from ..bridge.errand import Errand, Tell
from ..bridge.state import BackendState
from ..core.contract import Reference, Request
from ..core.errors import RepriseError
from ..core.motion import Motion, from_npz
from ..core.skeleton import JOINT_NAMES
from ..preferences import preferences
from ..properties import RepriseSettings, settings
from ..uids import by_uid, uid
from ..windows import open_windows, redraw
from .shown import Shown

_KEPT_MOTIONS = 64
_LOOK_SECONDS, _PAUSE_SECONDS = 0.3, 0.8  # how often the field is looked at; how long nobody typed

Question = tuple[str, float, str]  # the sentence, its seconds, and the method
_NO_QUESTION: Question = ("", 0.0, "")


@dataclass
class State:
    """Written only on Blender's main thread."""

    lists: dict[str, Shown] = field(default_factory=dict)
    motions: OrderedDict[str, Motion] = field(default_factory=OrderedDict)
    errand: Errand[Any] | None = None
    error: RepriseError | None = None
    asked: Question = _NO_QUESTION  # the last one
    typed: Question = _NO_QUESTION  # what the field held when it was last looked at ...
    typed_at: float = 0.0  # ... and since when

    @property
    def is_looking(self) -> bool:
        """Whether references are on their way."""
        return self.errand is not None and not self.errand.is_over


current = State()


def shown_of(scene: bpy.types.Scene) -> Shown:
    """The scene's list; an empty one where there is none. Cheap enough for drawing."""
    return current.lists.get(_fields(scene).key, _NOTHING)


def built_on(scene: bpy.types.Scene, request: Request, *, looks_anew: bool = False) -> Request:
    """The request, built on exactly what is shown for its prompt, or on the best clips where nothing is.

    With `looks_anew` on the best clips in any case; none that is excluded.
    """
    shown = shown_of(scene)
    given = replace(shown, rows=()) if looks_anew else shown
    return replace(request, references=given.generation(request.prompt, request.references))


def change(scene: bpy.types.Scene, to: Shown) -> None:
    """Gives the scene another list; it has its old one again when this is undone."""
    key = uuid.uuid4().hex
    current.lists[key] = to
    _fields(scene).key = key
    redraw()


def find(context: bpy.types.Context, *, undoable: bool = True) -> None:
    """Looks for the references of the panel's prompt, in the background.

    Raises `RepriseError` where nobody can be asked. What is found replaces the list, as one undo step if `undoable`. In
    background mode it is there on return.
    """
    scene = cast(bpy.types.Scene, context.scene)
    panel = settings(scene)
    asked = _asked(panel)
    request = Request(*asked[:2], references=shown_of(scene).wanted(panel.references, panel.method))
    backend = hosting.backend()
    cancel()
    current.error, current.asked = None, asked
    first_frame = scene.frame_start if panel.start_at == "SCENE" else scene.frame_current
    known, number = frozenset(current.motions), uid(scene)

    def on_change(errand: Errand[Any]) -> None:
        for told in errand.told:
            if isinstance(told, list):
                _show(number, request, first_frame, told, undoable)
            elif isinstance(told, tuple):
                keep_motion(*told)
        if errand.is_over:
            current.errand, current.error = None, errand.error
        redraw()

    current.errand = Errand(backend, _looking_for(request, known))
    errands.run(current.errand, on_change)


def cancel() -> None:
    """Lets go of the question under way; no answer to it is shown."""
    if current.errand is not None:
        current.errand.cancel()
        current.errand = None


def keep_motion(clip: str, motion: Motion) -> None:
    """Keeps a clip's motion, and forgets those of clips that were shown long ago."""
    current.motions[clip] = motion
    current.motions.move_to_end(clip)
    while len(current.motions) > _KEPT_MOTIONS:
        current.motions.popitem(last=False)


def forget() -> None:
    """As if nothing had ever been looked for."""
    cancel()
    current.lists.clear()
    current.motions.clear()
    current.error, current.asked, current.typed = None, _NO_QUESTION, _NO_QUESTION


def look_at_prompt() -> float:
    """The timer: asks once the user has stopped typing, where the preferences want it and a backend is ready."""
    context = bpy.context
    if preferences().ghosts.find_while_typing and context.scene is not None:
        panel = settings(cast(bpy.types.Scene, context.scene))
        typed = _asked(panel)
        if typed != current.typed:
            current.typed, current.typed_at = typed, time.monotonic()
        elif _is_worth_asking(typed):
            current.asked = typed  # also when it cannot be asked: not again and again
            with contextlib.suppress(RepriseError):
                find(context, undoable=False)
    return _LOOK_SECONDS


def attach() -> None:
    """Called when the add-on is registered."""
    bpy.app.handlers.load_pre.append(_on_load)
    bpy.app.timers.register(look_at_prompt, first_interval=_LOOK_SECONDS, persistent=True)


def detach() -> None:
    """Called when the add-on is unregistered: nothing of it may be left."""
    forget()
    if bpy.app.timers.is_registered(look_at_prompt):
        bpy.app.timers.unregister(look_at_prompt)
    if _on_load in bpy.app.handlers.load_pre:
        bpy.app.handlers.load_pre.remove(_on_load)


_NOTHING = Shown()


def _fields(scene: bpy.types.Scene) -> Any:
    return cast(Any, scene).reprise_references


def _asked(panel: RepriseSettings) -> Question:
    return panel.sentence, round(panel.seconds, 3), panel.method


def _is_worth_asking(typed: Question) -> bool:
    paused = time.monotonic() - current.typed_at >= _PAUSE_SECONDS
    return bool(paused and typed[0] and typed != current.asked and hosting.current.state is BackendState.READY)


def _looking_for(request: Request, known: frozenset[str]) -> Callable[[Client, Tell], None]:
    """On the thread: tells the list of references, then (id, Motion) of each that is not known yet."""

    def work(client: Client, tell: Tell) -> None:
        references = client.retrieve(request)
        tell(references)
        for reference in references:
            if reference.id not in known:
                tell((reference.id, read_clip(client, reference.id)))

    return work


def read_clip(client: Client, clip: str) -> Motion:
    """A clip of the library, checked: for the thread of an errand."""
    motion = from_npz(client.clip(clip))[0]
    if motion.joint_names != JOINT_NAMES:
        raise RepriseError("bad_motion", f"The clip '{clip}' has another skeleton than ours.", "Update the backend.")
    return motion


def _show(number: int, request: Request, first_frame: int, found: list[Reference], undoable: bool) -> None:
    scene = by_uid(bpy.data.scenes, number)
    if scene is None or scene.library is not None:
        return
    change(scene, shown_of(scene).found(request.prompt, request.seconds, first_frame, found))
    window = next((window for window in open_windows() if window.scene == scene), None)
    if undoable and window is not None and not bpy.app.background:  # without a user there is no undo stack
        with bpy.context.temp_override(window=window):
            bpy.ops.ed.undo_push(message="Find References")


@bpy.app.handlers.persistent
def _on_load(*_arguments: object) -> None:
    """Another file is about to come: what was shown belongs to this one."""
    forget()
