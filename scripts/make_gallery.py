"""Makes the films of docs/gallery.md: twenty prompts, one take each with seed 1, by the shipped weights.

    python scripts/make_gallery.py [--sheets DIR] [NAME ...]

The prompts were written down before any of them was generated; none was exchanged afterwards. --sheets also writes a
contact sheet of each, which is easier to judge than a film. With names, only those films are made.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from make_pictures import SEED, TEN

from reprise import pipelines
from reprise.rendering import contact_sheet
from reprise.rendering.film import film
from reprise_core.contract import Request
from reprise_core.errors import RepriseError
from reprise_core.motion import write_file
from reprise_core.prompt_list import safe_name

GALLERY = Path(__file__).resolve().parents[1] / "docs/gallery"
TWENTY = (
    *TEN,
    ("a person walks in a circle to the left", 5.0),
    ("a person walks backwards", 4.0),
    ("a person limps forward", 4.0),
    ("a person crawls on hands and knees", 4.0),
    ("a person picks something up from the floor", 4.0),
    ("a person throws a ball with the right hand", 3.0),
    ("a person bows", 3.0),
    ("a person stretches both arms above the head", 4.0),
    ("a person dances", 5.0),
    ("a person plays the guitar", 4.0),
)
_FPS, _WIDTH, _HEIGHT = 15.0, 384, 216
_MOST_BYTES = 150_000  # of a film: the gallery is part of the repository


def main() -> int:
    """Exit code 0, or 2 with one line for bad input or a film that is too large."""
    parser = argparse.ArgumentParser(description="Makes the films of docs/gallery.md.")
    parser.add_argument("--sheets", type=Path, help="a folder for a contact sheet of each, too")
    parser.add_argument("names", nargs="*", help="only these films, such as a_person_jumps")
    arguments = parser.parse_args()
    try:
        engine = pipelines.load()
        for prompt, seconds in TWENTY:
            name = safe_name(prompt)
            if arguments.names and name not in arguments.names:
                continue
            (take,) = engine.generate(Request(prompt, seconds, SEED), lambda progress: None, lambda: False)
            content = film([take], _FPS, _WIDTH, _HEIGHT)
            if len(content) > _MOST_BYTES:
                sentence = f"The film of '{prompt}' has {len(content)} bytes, of {_MOST_BYTES} allowed."
                raise RepriseError("too_large", sentence)
            write_file(GALLERY / f"{name}.mp4", content)
            if arguments.sheets:
                write_file(arguments.sheets / f"{name}.png", contact_sheet.sheets([(prompt, take)]))
            print(f"{name}.mp4: {len(content) / 1000:.0f} kB", flush=True)
    except RepriseError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
