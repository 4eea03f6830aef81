"""Keys in the 3D viewport; Preferences > Keymap lists and changes them (search for "Reprise")."""

from __future__ import annotations

from typing import Any, cast

import bpy

# All with Ctrl, Alt and Shift, which Blender leaves free there.
KEYS = (
    ("reprise.generate", "R", {}),
    ("reprise.accept_take", "A", {}),
    ("reprise.reject_take", "X", {}),
    ("reprise.next_take", "RIGHT_ARROW", {}),
    ("reprise.next_take", "LEFT_ARROW", {"backwards": True}),
)
_items: list[tuple[Any, Any]] = []


def attach() -> None:
    """Called when the add-on is registered."""
    manager = cast(Any, bpy.context.window_manager)
    configuration = manager.keyconfigs.addon if manager else None
    if configuration is None:  # Blender without a window may have none
        return
    keymap = configuration.keymaps.new(name="3D View", space_type="VIEW_3D")
    for operator, key, properties in KEYS:
        item = keymap.keymap_items.new(operator, key, "PRESS", ctrl=True, alt=True, shift=True)
        for name, value in properties.items():
            setattr(item.properties, name, value)
        _items.append((keymap, item))


def detach() -> None:
    """Called when the add-on is unregistered."""
    for keymap, item in _items:
        keymap.keymap_items.remove(item)
    _items.clear()
