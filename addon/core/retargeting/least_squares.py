"""Weighted least squares in some numbers a frame, tied over time by their steps and second differences."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


class FrameProblem:
    """Least squares in x (T, size) whose costs tie a frame to itself and to the two after it."""

    def __init__(self, frames: int, size: int) -> None:
        self.size = size
        self.blocks = np.zeros((3, frames, size, size))  # row block t + d, column block t
        self.right = np.zeros((frames, size))

    def add(self, rows: Array, target: Array, weight: Array | float) -> None:
        """The cost r' W r of r = rows x_t - target; rows (K, size) or (T, K, size), weight a number or (T, K, K)."""
        rows = np.broadcast_to(rows, (len(self.right), *rows.shape[-2:]))
        target = np.broadcast_to(target, rows.shape[:-1])
        square = weight * np.eye(rows.shape[1]) if isinstance(weight, float) else weight
        weighted = rows.swapaxes(-1, -2) @ square
        self.blocks[0] += weighted @ rows
        self.right += (weighted @ target[..., None])[..., 0]

    def step(self, rows: Array, target: Array, weight: Array) -> None:
        """The cost weight_t |rows_{t+1} x_{t+1} - rows_t x_t - target_t|^2; rows (T, K, size), weight (T-1,)."""
        before, after = rows[:-1], rows[1:]
        weighted_before, weighted_after = (part.swapaxes(-1, -2) * weight[:, None, None] for part in (before, after))
        self.blocks[0, :-1] += weighted_before @ before
        self.blocks[0, 1:] += weighted_after @ after
        self.blocks[1, :-1] -= weighted_after @ before
        self.right[:-1] -= (weighted_before @ target[..., None])[..., 0]
        self.right[1:] += (weighted_after @ target[..., None])[..., 0]

    def bend(self, rows: Array, weight: float) -> None:
        """The cost weight |second difference of rows x|^2; rows (K, size)."""
        frames = len(self.right)
        if frames < 3:
            return
        square, factors = weight * rows.T @ rows, (1.0, -2.0, 1.0)
        for later in range(3):
            for earlier in range(later + 1):
                block = factors[later] * factors[earlier] * square
                self.blocks[later - earlier, earlier : frames - 2 + earlier] += block

    def solve(self) -> Array:
        """The x (T, size) of least cost, in time linear in T.

        Two frames make a block, so that the system is block tridiagonal: block elimination (Golub & Van Loan, "Matrix
        computations", section 4.5).
        """
        frames, size = self.right.shape
        pairs, odd = -(-frames // 2), frames % 2
        one, two, three = np.pad(self.blocks, ((0, 0), (0, odd), (0, 0), (0, 0)))
        if odd:
            one[-1] = np.eye(size)  # the last block is filled up with equations of its own
        pivot = np.block([[one[::2], two[::2].swapaxes(-1, -2)], [two[::2], one[1::2]]])
        below = np.block([[three[::2], two[1::2]], [np.zeros_like(two[::2]), three[1::2]]])
        x = np.pad(self.right, ((0, odd), (0, 0))).reshape(pairs, 2 * size, 1)
        carried = np.empty_like(below)
        for k in range(pairs):
            if k:
                pivot[k] -= below[k - 1] @ carried[k - 1]
                x[k] -= below[k - 1] @ x[k - 1]
            solved = np.linalg.solve(pivot[k], np.concatenate((below[k].T, x[k]), axis=1))
            carried[k], x[k] = solved[:, :-1], solved[:, -1:]
        for k in range(pairs - 2, -1, -1):
            x[k] -= carried[k] @ x[k + 1]
        return x.reshape(-1, size)[:frames]
