"""How exactly recorded motion comes back from HumanML3D's features, ours and with the published code's slip.

    python scripts/roundtrip_features.py DATASET

DATASET is what `reprise data build` wrote. Every segment is normalised, encoded and decoded. Prints JSON on standard
output and a sentence on standard error.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reprise.data.dataset import load
from reprise.features.codec import decode, encode_normalized
from reprise.features.normalization import normalize

_ASTRAY = 0.01  # metres: a clip that comes back farther off than this has gone another way


def error(joints: NDArray[np.float64], *, published: bool) -> float:
    """The largest difference of a coordinate, in metres, after encoding and decoding normalised joints (T, 22, 3)."""
    return float(np.abs(decode(encode_normalized(joints, published=published)) - joints[:-1]).max())


def main() -> None:
    """Measures all segments and prints the worst."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", type=Path)
    dataset = load(parser.parse_args().dataset)
    clips = [normalize(dataset.joints(index)) for index in range(len(dataset.segments))]
    ours = max(error(joints, published=False) for joints in clips)
    astray = sum(error(joints, published=True) > _ASTRAY for joints in clips)
    frames = sum(len(joints) - 1 for joints in clips)
    print(json.dumps({"segments": len(clips), "frames": frames, "max_error_m": ours, "published_astray": astray}))
    print(
        f"{len(clips)} segments ({frames} frames) come back to within {ours * 1e6:.2f} micrometres; "
        f"with the published yaw rate {astray} of them go astray by more than {_ASTRAY * 100:g} cm.",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
