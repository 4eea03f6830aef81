#!/usr/bin/env python3
"""Lists the licence of every dependency in the lock files, and of all that ships. Exit code 1 when one is unknown.

Run it with the project's own Python (`.venv`), in which the packages say it themselves.
"""

from __future__ import annotations

import sys

from release.licences import licences


def main() -> int:
    """Prints one line each: what it is, its versions, its licence, and where that is said."""
    entries = licences()
    widths = [max(len(row[column]) for row in map(tuple, entries)) for column in range(3)]
    for entry in entries:
        print("  ".join(text.ljust(width) for text, width in zip(entry, [*widths, 0], strict=True)).rstrip())
    unknown = [entry.name for entry in entries if not entry.licence]
    print(f"{len(entries)} entries, {len(unknown)} unknown{': ' if unknown else ''}{', '.join(unknown)}")
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
