"""Arrays too long for memory: files of limited size, written row by row and read through memory maps.

`NAME-00000.npy`, `NAME-00001.npy`, ... hold the rows one after the other, as plain NumPy files. What is appended at
once is never cut in two, so that reading it back is one view into one file.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from io import BufferedWriter
from itertools import accumulate
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.lib import format as npy
from numpy.typing import DTypeLike, NDArray

SHARD_BYTES = 256 * 2**20


class ShardWriter:
    """Writes rows of one type and shape; use it in a `with` statement, or close it."""

    def __init__(self, folder: Path, name: str, dtype: DTypeLike, row: tuple[int, ...] = ()) -> None:
        self._folder, self._name, self._dtype, self._row = folder, name, np.dtype(dtype), row
        self._file: BufferedWriter | None = None
        self._shards = self._in_shard = self._header = 0
        self.rows = 0

    def append(self, rows: NDArray[Any]) -> int:
        """Writes rows (N, *row) and gives the number of the first."""
        rows = np.ascontiguousarray(rows, dtype=self._dtype)
        if rows.shape[1:] != self._row:
            raise ValueError(f"rows of shape {rows.shape[1:]}, not {self._row}")
        bytes_a_row = self._dtype.itemsize * int(np.prod(self._row))
        if self._file is None or (self._in_shard + len(rows)) * bytes_a_row > SHARD_BYTES:
            self._begin()
        assert self._file is not None  # noqa: S101 -- for the type checker
        rows.tofile(self._file)
        start = self.rows
        self._in_shard += len(rows)
        self.rows += len(rows)
        return start

    def close(self) -> None:
        """Finishes the last file; with no rows at all there is one that is empty."""
        if self._shards == 0:
            self._begin()
        self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(self) -> None:
        self._end()
        self._file = (self._folder / f"{self._name}-{self._shards:05}.npy").open("wb")
        self._shards, self._in_shard = self._shards + 1, 0
        self._header = self._write_header()

    def _end(self) -> None:
        if self._file is None:
            return
        self._file.seek(0)
        if self._write_header() != self._header:
            raise RuntimeError("the header of a NumPy file has grown")
        self._file.close()
        self._file = None

    def _write_header(self) -> int:
        """The header for the rows so far; NumPy leaves room in it for the first axis to grow."""
        assert self._file is not None  # noqa: S101 -- for the type checker
        description = {"descr": npy.dtype_to_descr(self._dtype), "fortran_order": False}
        npy.write_array_header_1_0(self._file, description | {"shape": (self._in_shard, *self._row)})
        return self._file.tell()


@dataclass(frozen=True)
class Shards:
    """The rows of all files with one name, as memory maps; `starts` are the numbers of each file's first row."""

    files: tuple[NDArray[Any], ...]
    starts: tuple[int, ...]

    @staticmethod
    def open(folder: Path, name: str) -> Shards:
        """Opens what a `ShardWriter` wrote; `FileNotFoundError` when there is nothing, `ValueError` for damage."""
        paths = sorted(folder.glob(f"{name}-?????.npy"))
        if not paths:
            raise FileNotFoundError(2, "missing", str(folder / f"{name}-00000.npy"))
        files = tuple(np.load(path, mmap_mode="r", allow_pickle=False) for path in paths)
        return Shards(files, tuple(accumulate((len(file) for file in files), initial=0)))

    def __len__(self) -> int:
        return self.starts[-1]

    def read(self, start: int, count: int) -> NDArray[Any]:
        """A view of `count` rows that were appended at once; nothing is read until it is looked at."""
        shard = min(bisect_right(self.starts, start) - 1, len(self.files) - 1)
        begin = start - self.starts[shard]
        if start < 0 or begin + count > len(self.files[shard]):
            raise IndexError(f"rows {start} to {start + count} of {len(self)}")
        return self.files[shard][begin : begin + count]
