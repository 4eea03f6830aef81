"""How long an hour of motion takes to encode and decode: one long clip, and clips of typical length.

    OMP_NUM_THREADS=1 python scripts/bench_features.py [--frames 72000] [--clip-frames 142] [--repeats 5] [--seed 0]

Prints JSON on standard output and a sentence on standard error. The motion is made up (its content does not change the
cost); 142 frames are HumanML3D's mean clip of 7.1 s. Encoding is the whole way from raw joints: target skeleton, floor,
heading, features. Seconds are the processor's, of all threads together, so that neither a second core nor a busy
machine changes them: the median of the repeats.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from reprise.features.codec import decode, encode
from reprise.features.representation import REPRESENTATIONS, Representation
from reprise_core import quaternion as quat
from reprise_core.kinematics import forward_kinematics


def made_motion(representation: Representation, frames: int, seed: int) -> NDArray[np.float32]:
    """(frames, J, 3) of a figure that wriggles, travels and turns."""
    random, joints = np.random.default_rng(seed), representation.joints
    time_ = np.arange(frames)[:, None] / representation.fps
    axes, phases = quat.normalize(random.normal(size=(joints, 3))), random.uniform(0, 6, joints)
    offsets = np.concatenate((np.zeros((1, 3)), 0.3 * representation.canonical_axes))
    root = np.concatenate((np.sin(0.1 * time_), 1 + 0.05 * np.sin(5 * time_), 0.2 * time_), axis=1)
    local = quat.from_axis_angle(axes, 0.5 * np.sin(2 * time_ + phases))
    return forward_kinematics(representation.parents, offsets, root, local)[0].astype(np.float32)


def seconds_of(work: Callable[[], object], repeats: int) -> float:
    """Median processor seconds of `work`, after one run that does not count."""
    work()
    taken = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return round(statistics.median(taken), 3)


def measure(representation: Representation, frames: int, clip_frames: int, repeats: int, seed: int) -> dict[str, float]:
    """Seconds for so many frames as one clip, as clips one after another, and as one batch of clips."""
    motion = made_motion(representation, frames, seed)
    count = frames // clip_frames
    clips = motion[: count * clip_frames].reshape(count, clip_frames, representation.joints, 3)
    features, many = encode(motion, representation), encode(clips, representation)
    work: dict[str, Callable[[], object]] = {
        "encode_one_clip_s": lambda: encode(motion, representation),
        "encode_clips_s": lambda: [encode(clip, representation) for clip in clips],
        "encode_batch_s": lambda: encode(clips, representation),
        "decode_one_clip_s": lambda: decode(features, representation),
        "decode_clips_s": lambda: [decode(clip, representation) for clip in many],
        "decode_batch_s": lambda: decode(many, representation),
    }
    return {name: seconds_of(run, repeats) for name, run in work.items()}


def main() -> None:
    """Measures both representations and prints what they took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=72_000)
    parser.add_argument("--clip-frames", type=int, default=142)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    figures = {
        representation.name: measure(representation, given.frames, given.clip_frames, given.repeats, given.seed)
        for representation in REPRESENTATIONS
    }
    about = {"machine": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version()}
    print(json.dumps(vars(given) | about | {"numpy": np.__version__, "seconds": figures}, indent=2))
    human = figures["HumanML3D"]
    print(
        f"{given.frames} frames encode into HumanML3D's features in {human['encode_clips_s']:.2f} s of one core "
        f"as clips of {given.clip_frames} frames, and in {human['encode_one_clip_s']:.2f} s as one clip.",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
