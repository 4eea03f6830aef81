"""Every panel and menu in every state: it draws, says what it should, asks nobody, and takes under a millisecond."""

import ast
import contextlib
import socket
import subprocess
import types
from pathlib import Path

import armatures
import bpy
import paper
import support
from instant import generate, pump, registered


@contextlib.contextmanager
def without_io():
    """Files, sockets and processes are out of reach: drawing reads memory."""

    def forbidden(*arguments, **_):
        raise AssertionError(f"drawing reached outside: {arguments}")

    import builtins

    kept = (builtins.open, socket.socket.connect, subprocess.Popen.__init__, Path.stat, Path.read_text)
    builtins.open = socket.socket.connect = subprocess.Popen.__init__ = Path.stat = Path.read_text = forbidden
    try:
        yield
    finally:
        (builtins.open, socket.socket.connect, subprocess.Popen.__init__, Path.stat, Path.read_text) = kept


def draw_all():
    """All texts and operators of all panels and of our own menus; each is drawn in under a millisecond."""
    said, pressed = [], []
    with without_io():
        for panel in support.addon().CLASSES:
            if issubclass(panel, bpy.types.Panel):
                if hasattr(panel, "poll") and not panel.poll(paper.context()):
                    continue
                sheet, milliseconds = paper.draw(panel)
                assert milliseconds < 1.0, (panel.__name__, milliseconds)
                said, pressed = said + sheet.said, pressed + sheet.pressed
    return " ".join(said), pressed


def test_panels_say_what_is_and_offer_what_can_be_done():
    with registered() as (session, backend):
        said, pressed = draw_all()
        assert "a new armature" in said and "reprise.generate" in pressed and "reprise.cancel" not in pressed
        assert "reprise.accept_take" not in pressed

        backend.gate.clear()
        bpy.ops.reprise.generate(wait=False)
        pump(session, lambda: session.current.job.progress is not None)
        said, pressed = draw_all()
        assert "Creating the motion" in said and "step 1 of 2" in said and "3 s left" in said
        assert "reprise.cancel" in pressed and "reprise.generate" not in pressed
        backend.gate.set()
        pump(session)

        armature = generate(session, "a person waves", count=3)
        armature.name = "Somebody"
        said, pressed = draw_all()
        assert "On 'Somebody'" in said and "Preview on 'Somebody'" in said and "take 2 of 4" in said, said
        assert {"reprise.accept_take", "reprise.reject_take", "reprise.retry_take"} <= set(pressed)
        assert "3 takes on 'Reprise'" in said
        bpy.ops.reprise.accept_take()
        said, pressed = draw_all()
        assert "reprise.accept_take" not in pressed
        generate(session, "a person jumps", count=1)
        assert "'a person jumps' on" in draw_all()[0]
        bpy.ops.reprise.reject_take()
        assert "a person jumps" not in draw_all()[0]  # what was rejected is not told as done

        session.current.error = support.addon().session.RepriseError("x", "It broke.", "Mend it.")
        said, pressed = draw_all()
        assert "It broke." in said and "Mend it." in said


def test_a_failure_of_the_backend_comes_with_the_button_that_helps():
    with registered() as (session, _):
        from reprise_addon import hosting
        from reprise_addon.bridge.advice import NextStep
        from reprise_addon.core.errors import RepriseError

        real = hosting.Hosting.next_step
        hosting.Hosting.next_step = property(lambda self: NextStep("Restart Backend", "start"))
        hosting.current.error = session.current.error = RepriseError("dead", "The backend died.", "Start it.")
        try:
            said, pressed = draw_all()
            session.current.error = None  # of the backend alone, no job of the user's
            in_short, _ = paper.draw(support.addon().REPRISE_PT_generate)
        finally:
            hosting.Hosting.next_step, hosting.current.error = real, None
        assert "The backend died." in said and "reprise.start_backend" in pressed
        assert "Backend: Failed" in in_short.said and "reprise.start_backend" in in_short.pressed


def test_panels_draw_with_rigs_with_three_hundred_actions_and_in_a_file_that_was_opened():
    with registered() as (session, _):
        armatures.quadruped()
        bpy.context.view_layer.update()
        assert "cannot be used yet" in draw_all()[0]
        armature, _ = armatures.made_rig("mixamo", 1)
        generate(session, "a person walks", count=3, loop=True, root="ROOT_BONE")
        for number in range(300):
            bpy.data.actions.new(f"other {number}").use_fake_user = True
        said, _ = draw_all()
        assert "not made a cycle" in said  # what could not be had is told
        bpy.data.actions.new("mine")
        armature.animation_data.action = bpy.data.actions["mine"]
        assert "which is no take" in draw_all()[0]
        support.fresh_scene()
        draw_all()


def test_the_list_of_takes_is_filtered_by_armature_and_by_words():
    with registered() as (session, _):
        generate(session, "a person waves", count=2)
        bpy.data.actions.new("other")
        from reprise_addon.ui.takes_panel import REPRISE_UL_takes, keywords

        listed = types.SimpleNamespace(filter_name="", bitflag_filter_item=1)
        shown = REPRISE_UL_takes.filter_items(listed, paper.context(), bpy.data, "actions")[0]
        assert dict(zip([action.name for action in bpy.data.actions], shown, strict=True)) == {
            "a person waves": 1, "a person waves.001": 1, "other": 0
        }  # fmt: skip
        listed.filter_name = "WAVES 001"
        assert REPRISE_UL_takes.filter_items(listed, paper.context(), bpy.data, "actions")[0] == [0, 1, 0]
        assert keywords("A person walks forward, then the person sits down.") == "walks forward sits down"
        sheet = paper.Paper()
        arguments = (paper.context(), sheet, None, bpy.data.actions[0], 0, None, "")
        REPRISE_UL_takes.draw_item(listed, *arguments)
        assert "#0" in sheet.said
        generate(session, "a person waves", seed=98765)
        assert "ReMoDiffuse, 2 s" in draw_all()[0]


def sentences_of_panels():
    """The texts that a user reads: what is given to `tr` and `draw_sentence`, texts of buttons, and errors that are the
    same each time; those of the core are also the command line's, which speaks English.
    """
    found = set()
    for path in sorted((support.ROOT / "addon").rglob("*.py")):
        if "core" in path.parts:
            continue
        for call in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)):
            name = getattr(call.func, "id", "")
            said = {"tr": call.args[:1], "draw_sentence": call.args[1:2], "RepriseError": call.args[1:]}
            given = said.get(name, [])
            given = [*given, *(keyword.value for keyword in call.keywords if keyword.arg == "text")]
            found |= {node.value for node in given if isinstance(node, ast.Constant) and node.value}
    assert len(found) > 100
    return found


def test_everything_a_user_meets_has_a_tooltip_and_german_words():
    with registered() as _:
        from reprise_addon.languages.german import GERMAN
        from reprise_addon.languages.german_errors import ERRORS
        from reprise_addon.languages.german_tooltips import TOOLTIPS

        missing, labels, tips = [], set(), set()
        for cls in support.addon().CLASSES:
            told = getattr(cls, "bl_description", "") or cls.__doc__ or ""
            if issubclass(cls, bpy.types.Operator) and len(told) < 15:
                missing.append(cls.__name__)
            if issubclass(cls, bpy.types.Operator) and "\n" in told.strip():
                missing.append(f"{cls.__name__}: Blender shows the line break")
            if issubclass(cls, (bpy.types.Operator, bpy.types.Menu)):
                tips.add(told)
            if getattr(cls, "bl_label", ""):
                labels.add(cls.bl_label)
            annotated = {name for each in cls.__mro__ for name in vars(each).get("__annotations__", {})}
            rna = getattr(cls, "bl_rna", types.SimpleNamespace(properties=()))
            if issubclass(cls, bpy.types.Operator):  # its class knows nothing of its properties
                rna = getattr(bpy.ops.reprise, cls.bl_idname.partition(".")[2]).get_rna_type()
            for prop in rna.properties:
                ours = not prop.is_readonly and prop.identifier in annotated
                if ours and not prop.is_hidden:
                    if not prop.description:
                        missing.append(f"{cls.__name__}.{prop.identifier}")
                    tips |= {prop.description, *(item.description for item in getattr(prop, "enum_items", ()))}
                    labels |= {prop.name, *(item.name for item in getattr(prop, "enum_items", ()))}
        assert not missing, missing
        # What is called the same, or what Blender translates; joints by name are seen by scripts only.
        words = "Action Add CPU Custom DDIM DPM++ Down FK File Files First Folder IK Last Name Port Python"
        same = {*words.split(), "ReMoDiffuse", "ReMoMask", "Remove", "Reprise", "Scene", "Up", "Wait"}
        from reprise_addon.core.skeleton import JOINT_NAMES

        same |= {name.replace("_", " ").title() for name in JOINT_NAMES}
        labels |= {path.stem.replace("_", " ") for path in (support.ROOT / "addon/presets").rglob("*.py")}
        left = (labels | sentences_of_panels()) - set(GERMAN) - set(ERRORS) - same
        assert not left, sorted(left)
        tips -= {"", "Name of the preset, used to make the path name"}  # the latter is Blender's
        assert tips == set(TOOLTIPS), sorted(tips ^ set(TOOLTIPS))
        assert all(text.count("{") == told.count("{") for text, told in GERMAN.items())


def test_the_interface_speaks_german_where_blender_does():
    if "de_DE" not in bpy.app.translations.locales:
        return  # bpy wheels come without languages
    view = bpy.context.preferences.view
    before = view.language
    with registered() as (session, _):
        try:
            view.language = "de_DE"
            said, _ = draw_all()
            assert "eine neue Armatur" in said
            message = str(support.error_of(RuntimeError, lambda: bpy.ops.reprise.generate_list()))
            assert "Die Liste der Beschreibungen ist leer. Eine Zeile hinzufügen." in message
            assert "Die Liste der Beschreibungen ist leer." in draw_all()[0]
            missing = str(
                support.error_of(RuntimeError, lambda: bpy.ops.reprise.generate_file(filepath="/no/such.csv"))
            )
            assert "Die Datei mit Sätzen '/no/such.csv' lässt sich nicht lesen: " in missing
            name = generate(session, "a person waves").name
            assert f"Vorschau auf '{name}'" in draw_all()[0]
        finally:
            view.language = before


def test_a_search_in_the_menus_finds_what_a_user_can_do():
    """Blender's search (F3) finds what stands in menus."""
    with registered() as _:
        from reprise_addon.ui import menus

        entry, menu = paper.Paper(), paper.Paper()
        bpy.types.VIEW3D_MT_object.draw._draw_funcs[-1](types.SimpleNamespace(layout=entry), paper.context())
        menus.REPRISE_MT_motion.draw(types.SimpleNamespace(layout=menu), paper.context())
        ours = {cls.bl_idname for cls in support.addon().CLASSES if issubclass(cls, bpy.types.Operator)}
        assert {"reprise.generate", "reprise.accept_take", "reprise.find_references"} <= set(menu.pressed) <= ours
        mine = bpy.types.VIEW3D_MT_object.draw._draw_funcs[-1]
    for place in (bpy.types.VIEW3D_MT_object, bpy.types.VIEW3D_MT_pose):
        assert mine not in getattr(place.draw, "_draw_funcs", ())


def test_keys_are_there_while_the_addon_is_and_gone_after_it():
    def ours():
        keymap = bpy.context.window_manager.keyconfigs.addon.keymaps.get("3D View")
        return [item.idname for item in keymap.keymap_items if item.idname.startswith("reprise.")] if keymap else []

    with registered() as _:
        assert "reprise.generate" in ours() and ours().count("reprise.next_take") == 2
    assert not ours()
