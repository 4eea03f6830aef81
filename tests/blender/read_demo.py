"""Opens the demo's .blend; prints `REPORT {figure: greatest distance of a joint from its Motion, in metres}`.

Arguments: the .blend, and the Motions' .npz, which are named as the figures.
"""

import sys
from pathlib import Path

import read_back

blend, *motions = sys.argv[1:]
read_back.read_blend(blend)
wanted = {Path(path).stem: read_back.from_npz(Path(path).read_bytes())[0] for path in motions}
places = {figure.name: (figure.location.x, figure.location.z, -figure.location.y) for figure in read_back.figures()}
assert len(set(places.values())) == len(places), "figures stand in one another"
read_back.tell(
    {
        figure.name: read_back.distance(wanted[figure.name], figure, places[figure.name])
        for figure in read_back.figures()
    }
)
