"""How much is put into one transaction: enough that it is fast, little enough that a kill costs little."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

COUNT = 64
SECONDS = 2.0
_T = TypeVar("_T")


def batches(values: Iterable[_T]) -> Iterator[list[_T]]:
    """The values in lists of up to `COUNT`, fewer where they take longer than `SECONDS` to come."""
    batch: list[_T] = []
    begun = time.monotonic()
    for value in values:
        batch.append(value)
        if len(batch) == COUNT or time.monotonic() - begun > SECONDS:
            yield batch
            batch, begun = [], time.monotonic()
    if batch:
        yield batch
