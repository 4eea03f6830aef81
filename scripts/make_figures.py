"""Draws the diagrams of the documentation: docs/pictures/parts.svg, remodiffuse.svg and remomask.svg.

    python scripts/make_figures.py

Boxes and arrows as plain SVG, in our own arrangement. No libraries, no fonts but the reader's own.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

PICTURES = Path(__file__).resolve().parents[1] / "docs/pictures"
ROWS = (  # the backend's rooms; each imports from lower rows only
    ("cli",),
    ("serving", "training", "evaluation", "doctor"),
    ("pipelines",),
    ("library",),
    ("data", "models", "masking"),
    ("text", "features", "diffusion", "rendering"),
    ("assets", "user_data", "out_of_memory"),
)
INK, PAPER = "#22303c", "#ffffff"
GREY, BLUE, ORANGE, GREEN, VIOLET = "#eef1f4", "#dbe9f8", "#fce5d2", "#dff1e0", "#e9e2f5"
ROW_COLOURS = (GREY, ORANGE, ORANGE, VIOLET, VIOLET, VIOLET, GREY)


@dataclass
class Drawing:
    """An SVG that grows; coordinates in pixels from the upper left."""

    width: int
    height: int
    parts: list[str] = field(default_factory=list)

    def text(self, x: float, y: float, words: str, size: int = 13, weight: str = "normal", at: str = "middle") -> None:
        """One line with its middle (or `at` its start) at x and its foot at y."""
        self.parts.append(
            f'<text x="{x:g}" y="{y:g}" font-size="{size}" font-weight="{weight}" text-anchor="{at}">'
            f"{escape(words)}</text>"
        )

    def box(self, x: float, y: float, width: float, height: float, words: str, fill: str = GREY) -> None:
        """A box with lines of text in it, the first one bold; lines are separated by `|`."""
        self.parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6" fill="{fill}" stroke="{INK}"/>'
        )
        lines = [line for line in words.split("|") if line]
        top = y + height / 2 - 8 * len(lines) + 12
        for number, line in enumerate(lines):
            size, weight = (13, "bold") if number == 0 else (12, "normal")
            self.text(x + width / 2, top + 16 * number, line, size, weight)

    def frame(self, x: float, y: float, width: float, height: float, title: str) -> None:
        """A dashed frame around several boxes."""
        self.parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="10" fill="none" stroke="{INK}" '
            'stroke-dasharray="5 4"/>'
        )
        self.text(x + 12, y + 20, title, 13, "bold", "start")

    def arrow(self, *points: tuple[float, float], label: str = "", both: bool = False) -> None:
        """A line along the points with a head at its end; `label` stands above its first part."""
        path = " ".join(f"{'M' if number == 0 else 'L'}{x:g} {y:g}" for number, (x, y) in enumerate(points))
        start = ' marker-start="url(#head)"' if both else ""
        self.parts.append(
            f'<path d="{path}" fill="none" stroke="{INK}" stroke-width="1.5" marker-end="url(#head)"{start}/>'
        )
        if label:
            (x0, y0), (x1, y1) = points[:2]
            self.text((x0 + x1) / 2, min(y0, y1) - 6, label, 12)

    def step(self, x: float, y: float, number: int) -> None:
        """A numbered dot: a station of the data's way."""
        self.parts.append(f'<circle cx="{x:g}" cy="{y:g}" r="11" fill="#d9622b"/>')
        self.parts.append(
            f'<text x="{x:g}" y="{y + 4:g}" font-size="12" font-weight="bold" fill="#fff" text-anchor="middle">'
            f"{number}</text>"
        )

    def svg(self, title: str) -> str:
        """The whole file; `title` is what a screen reader says."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
            f'width="{self.width}" height="{self.height}" role="img" font-family="sans-serif" fill="{INK}">'
            f"<title>{escape(title)}</title>"
            '<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" '
            f'orient="auto-start-reverse"><path d="M0 0L10 5L0 10z" fill="{INK}"/></marker></defs>'
            f'<rect width="{self.width}" height="{self.height}" fill="{PAPER}"/>'
        )
        return "\n".join((head, *self.parts, "</svg>\n"))


def parts() -> str:
    """The rooms in layers, and the data's way through them."""
    drawing = Drawing(980, 714)
    drawing.frame(16, 16, 300, 574, "Blender's process: addon/")
    drawing.box(
        46,
        52,
        240,
        214,
        "what needs bpy|ui/: panels, which read memory only|ops/: operators|session, hosting: jobs and backend|"
        "takes, previews, references/|armature, rig_*: which bone is which|actions, keying: keys in bulk",
        BLUE,
    )
    drawing.box(46, 300, 240, 50, "bridge/|no bpy: starts and asks the backend", GREEN)
    drawing.arrow((166, 266), (166, 300))
    drawing.frame(370, 16, 594, 574, "The backend's process: reprise.*")
    for number, (boxes, fill) in enumerate(zip(ROWS, ROW_COLOURS, strict=True)):
        width = (510 - 12 * (len(boxes) - 1)) / len(boxes)
        for place, words in enumerate(boxes):
            drawing.box(412 + place * (width + 12), 52 + 74 * number, width, 44, words, fill)
    drawing.text(667, 574, "A room imports only rooms of lower rows, and training from evaluation beside it.", 12)
    drawing.box(16, 622, 948, 66, "core|contract, errors, Motion, rotations, clean-up; core/rigs, core/retargeting|"
                "the same folder on both sides: NumPy and the standard library only", GREEN)  # fmt: skip
    drawing.arrow((166, 350), (166, 622))
    drawing.arrow((667, 590), (667, 622))
    drawing.arrow((286, 325), (343, 325), (343, 148), (412, 148), both=True)
    drawing.text(343, 344, "HTTP", 12, "bold")
    way = ((46, 52), (46, 300), (412, 126), (412, 200), (412, 274), (586, 348), (543, 422), (16, 622), (46, 266))
    for number, (x, y) in enumerate(way, 1):
        drawing.step(x, y, number)
    return drawing.svg("The parts of Reprise, what may import what, and the way of a prompt through them")


def remodiffuse() -> str:
    """Retrieval, the network's one attention, and the sampler with its mixture."""
    drawing = Drawing(980, 520)
    drawing.box(20, 40, 150, 50, "sentence, seconds", GREY)
    drawing.box(20, 190, 150, 60, "library|captions, motions", VIOLET)
    drawing.box(220, 40, 150, 50, "text encoder|frozen, cached", BLUE)
    drawing.box(220, 190, 150, 60, "score, Eq. 4|meaning x length", VIOLET)
    drawing.box(420, 190, 170, 60, "k references|encoded once a clip", VIOLET)
    drawing.arrow((170, 65), (220, 65))
    drawing.arrow((295, 90), (295, 190))
    drawing.arrow((170, 220), (220, 220))
    drawing.arrow((370, 220), (420, 220))
    drawing.frame(640, 16, 324, 300, "One step of the network")
    drawing.box(
        665,
        50,
        274,
        64,
        "keys and values: sums over tokens|of text, of references: once a request|of the motion itself: at every step",
        BLUE,
    )
    drawing.box(665, 140, 274, 44, "linear attention, queries = motion", ORANGE)
    drawing.box(665, 208, 274, 40, "feed-forward, told the step t", ORANGE)
    drawing.box(665, 268, 274, 36, "a guess of the clean motion", ORANGE)
    drawing.arrow((370, 65), (665, 65))
    drawing.arrow((590, 220), (620, 220), (620, 98), (665, 98))
    for top, bottom in ((114, 140), (184, 208), (248, 268)):
        drawing.arrow((802, top), (802, bottom))
    drawing.frame(20, 340, 944, 160, "The sampler: from noise to motion")
    drawing.box(45, 385, 150, 60, "noise|from the seed alone", GREY)
    drawing.box(245, 385, 260, 80, "mixture, Eq. 6|w1 both + w2 text|+ w3 references + w4 neither", ORANGE)
    drawing.box(555, 385, 150, 60, "one step cleaner", ORANGE)
    drawing.box(755, 385, 180, 60, "263 features a frame|-> joints -> Motion", GREEN)
    drawing.arrow((195, 415), (245, 415))
    drawing.arrow((505, 415), (555, 415))
    drawing.arrow((705, 415), (755, 415))
    drawing.arrow((630, 445), (630, 484), (375, 484), (375, 465))
    drawing.text(503, 480, "again", 12)
    drawing.arrow((802, 304), (802, 330), (430, 330), (430, 385))
    return drawing.svg("ReMoDiffuse as built here: retrieval, one linear attention, the sampler and its mixture")


def remomask() -> str:
    """Motion as a map of tokens, and how two transformers fill it."""
    drawing = Drawing(980, 560)
    drawing.frame(20, 16, 944, 190, "Motion as a map of tokens (trained once: reprise train rvq)")
    drawing.box(45, 70, 150, 70, "motion|T frames x 22 joints", GREY)
    drawing.box(245, 70, 150, 70, "encoder|cells of 0.2 s", BLUE)
    columns = ("pelvis", "leg", "leg", "arm", "arm", "trunk")
    for column, name in enumerate(columns):
        for row in range(3):
            x, y = 450 + 44 * column, 78 + 22 * row
            drawing.parts.append(f'<rect x="{x}" y="{y}" width="40" height="18" fill="{VIOLET}" stroke="{INK}"/>')
        drawing.text(470 + 44 * column, 158, name, 11)
    drawing.text(581, 68, "six columns: parts of the body; rows: time", 12)
    drawing.box(770, 70, 165, 70, "6 layers of codes|each of what is left|by those before", VIOLET)
    drawing.arrow((195, 105), (245, 105))
    drawing.arrow((395, 105), (446, 105))
    drawing.arrow((716, 105), (770, 105))
    drawing.text(480, 190, "The decoder goes the same way back: the sum of a cell's codes becomes motion again.", 12)
    drawing.frame(20, 226, 944, 314, "Generation (reprise generate --engine remomask)")
    drawing.box(45, 270, 160, 56, "sentence", GREY)
    drawing.box(45, 356, 160, 64, "references|from the library", VIOLET)
    drawing.box(265, 300, 230, 90, "masked transformer|the first layer of codes,|surest cells first, 10 rounds", ORANGE)
    drawing.box(545, 300, 200, 90, "residual transformer|layers 2 to 6,|one after the other", ORANGE)
    drawing.box(795, 300, 145, 90, "decoder|-> 263 features|-> Motion", GREEN)
    drawing.arrow((205, 298), (235, 298), (235, 330), (265, 330))
    drawing.arrow((205, 388), (235, 388), (235, 360), (265, 360))
    drawing.arrow((495, 345), (545, 345))
    drawing.arrow((745, 345), (795, 345))
    for stage, shown in enumerate((0, 2, 7, 18)):
        for cell in range(18):
            x, y = 190 + 165 * stage + 20 * (cell % 6), 432 + 20 * (cell // 6)
            fill = ORANGE if (cell * 7) % 18 < shown else PAPER
            drawing.parts.append(f'<rect x="{x}" y="{y}" width="17" height="17" fill="{fill}" stroke="{INK}"/>')
        if stage < 3:
            drawing.arrow((315 + 165 * stage, 462), (350 + 165 * stage, 462))
    drawing.text(480, 518, "From all masked to none: each round keeps the cells that the network is surest of.", 12)
    return drawing.svg("ReMoMask as built here: motion as a map of tokens, and how it is filled")


def main() -> int:
    """Writes the three files."""
    from reprise_core.motion import write_file

    for draw in (parts, remodiffuse, remomask):
        write_file(PICTURES / f"{draw.__name__}.svg", draw().encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
