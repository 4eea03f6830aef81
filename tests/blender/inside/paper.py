"""A layout that draws on paper: panels can be drawn, and what they say be read, without a window."""

import time
import types

import bpy


class Paper:
    """Takes every call of a UILayout; `said` are the texts, `pressed` the operators in it, of all its parts."""

    def __init__(self, said=None, pressed=None):
        self.__dict__.update(said=[] if said is None else said, pressed=[] if pressed is None else pressed)

    def __getattr__(self, name):
        def call(*arguments, **options):
            self.said.append(str(options.get("text", "")))
            if name == "operator":
                self.pressed.append(arguments[0])
                return types.SimpleNamespace()
            if name == "prop":  # a property that is not there is a mistake that a window would only log
                assert arguments[1] in arguments[0].bl_rna.properties, arguments[1]
            if name == "panel":
                return Paper(self.said, self.pressed), Paper(self.said, self.pressed)
            return Paper(self.said, self.pressed)

        return call

    def __setattr__(self, name, value):
        pass


def context(width=320):
    """The context as a sidebar has it."""
    names = ("scene", "view_layer", "preferences", "window_manager", "object", "active_object", "mode")
    values = {name: getattr(bpy.context, name) for name in names}
    return types.SimpleNamespace(region=types.SimpleNamespace(width=width), **values)


def draw(panel, times=20):
    """The panel's paper, and the milliseconds that drawing it takes at best, the interface's own work left out."""
    best, seen = float("inf"), context()
    for _ in range(times):
        paper = Paper()
        began = time.perf_counter()
        panel.draw(types.SimpleNamespace(layout=paper), seen)
        best = min(best, 1000.0 * (time.perf_counter() - began))
    return paper, best
