"""Figures whose stance is known: a walker whose feet are planned, and what stands, slides, jumps or crawls."""

import numpy as np
from poses import JOINT, SKELETON, bend, identity, positions_of

FPS = 20.0
_STANCE = 0.6  # of a cycle


def walker(frames=80, speed=0.7, cycle=1.2, glide=0.0, fps=FPS):
    """Positions (T, 22, 3) of a walk along +Z and which foot stands (T, 2); `glide` m/s is added to the whole body.

    Each foot stands for 60 % of a cycle, perfectly still where nothing glides, and swings in an arc 12 cm high.
    """
    time = np.arange(frames) / fps
    body = positions_of(np.zeros((frames, 3)), identity(frames))
    body += np.stack((0.0 * time, -body[0, :, 1].min() - 0.08 + 0.0 * time, speed * time), axis=-1)[:, None]
    standing = np.zeros((frames, 2), dtype=bool)
    stride = speed * cycle
    for index, side in enumerate(("left", "right")):
        hip, knee, ankle, foot = (JOINT[f"{side}_{name}"] for name in ("hip", "knee", "ankle", "foot"))
        phase = time / cycle + 0.5 * index + 0.2
        step, within = np.floor(phase), phase % 1.0
        standing[:, index] = within < _STANCE
        swing = np.clip((within - _STANCE) / (1.0 - _STANCE), 0.0, 1.0)
        eased = swing - np.sin(2.0 * np.pi * swing) / (2.0 * np.pi)
        ahead = stride * (step + eased + _STANCE / 2.0 - 0.5 * index - 0.2)  # under the hip in the middle of its stance
        lift = 0.06 * (1.0 - np.cos(2.0 * np.pi * swing))
        rest = SKELETON.rest_offsets
        toe = rest[foot]
        height = -toe[1]
        body[:, ankle] = np.stack((body[:, hip, 0], height + lift, ahead), axis=-1)
        body[:, foot] = body[:, ankle] + toe
        body[:, knee] = _knee(body[:, hip], body[:, ankle], *np.linalg.norm(rest[[knee, ankle]], axis=-1))
    body[..., 2] += glide * time[:, None]
    return body, standing


def _knee(hip, ankle, thigh, shin):
    """Where a knee that points to +Z is between hip and ankle (T, 3), by the law of cosines."""
    line = ankle - hip
    length = np.linalg.norm(line, axis=-1, keepdims=True)
    assert (length < thigh + shin).all(), "the walker's legs are too short for its stride"
    along = (thigh**2 - shin**2 + length**2) / (2.0 * length)
    direction = line / length
    forward = np.array([0.0, 0.0, 1.0]) - direction * direction[:, 2:]
    forward /= np.linalg.norm(forward, axis=-1, keepdims=True)
    return hip + direction * along + forward * np.sqrt(thigh**2 - along**2)


def standing_figure(frames=40):
    """The rest pose on the floor."""
    positions = positions_of(np.zeros((frames, 3)), identity(frames))
    return positions - np.array([0.0, positions[..., 1].min(), 0.0])


def crawler(frames=80, speed=0.3):
    """A figure on all fours that drags its feet along, face down along +Z."""
    upright = standing_figure(frames)
    flat = np.stack((upright[..., 0], upright[..., 2] - upright[..., 2].min(), upright[..., 1]), axis=-1)
    return flat + np.arange(frames)[:, None, None] * np.array([0.0, 0.0, speed / FPS])


def on_all_fours(frames=80, sway=0.06):
    """A figure on knees and hands whose whole body sways ahead and back, its feet with it."""
    local = identity(1)
    turns = [bend("pelvis", (1, 0, 0), 70.0)]
    for side, ahead in (("left", -90.0), ("right", 90.0)):
        flexed = {"hip": -110.0, "knee": 130.0, "ankle": 40.0}
        turns += [bend(f"{side}_{name}", (1, 0, 0), degrees) for name, degrees in flexed.items()]
        turns.append(bend(f"{side}_shoulder", (0, 1, 0), ahead))
    for joint, turn in turns:
        local[0, joint] = turn
    body = positions_of(np.zeros((1, 3)), local)
    body -= np.array([0.0, body[..., 1].min(), 0.0])
    return body + sway * np.sin(np.pi * np.arange(frames) / FPS)[:, None, None] * np.array([0.0, 0.0, 1.0])


def jumper(frames=80, height=0.5):
    """A standing figure that leaves the ground for 0.6 s in the middle of the clip."""
    begin, flight = frames // 2 - 6, 13
    lift = np.zeros(frames)
    lift[begin : begin + flight] = height * np.sin(np.pi * np.arange(flight) / (flight - 1))
    return standing_figure(frames) + lift[:, None, None] * np.array([0.0, 1.0, 0.0])
