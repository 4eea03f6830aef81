"""Captions and ids from names: what an animator would type to find the clip."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprise.data.naming import caption_of, id_of, unique


@pytest.mark.parametrize(
    ("path", "take", "source", "caption"),
    [
        ("Zombie/Walk_Forward_01.bvh", "", "", "zombie walk forward"),
        ("Walk_Forward_01.bvh", "", "Zombie", "zombie walk forward"),
        ("ZombieWalk-fwd.BVH", "", "", "zombie walk forward"),
        ("turn_L.bvh", "", "", "turn left"),
        ("Kick R (2).bvh", "", "", "kick right"),
        ("Walk_Left_mirrored_v2.bvh", "", "", "walk right"),
        ("Run_take003_final.bvh", "", "", "run"),
        ("Melee_2H_Attack_Chop.glb", "", "", "melee two handed attack chop"),
        ("HTTPIdle2.bvh", "", "", "http idle"),
        ("run180.bvh", "", "", "run around"),
        ("Hero.glb", "Armature|RunFwd", "", "hero run forward"),
        ("Hero.glb", "mixamo.com", "", "hero"),
        ("a/b/Sitting/Idle_Loop.bvh", "", "", "sitting idle"),
        ("Zombie/zombie_walk.bvh", "", "", "zombie walk"),
        ("\u5263/\u632f\u308b.bvh", "", "", "\u5263 \u632f\u308b"),
        ("01_02.amc", "", "", "motion 01_02"),
    ],
)
def test_names_become_captions(path, take, source, caption):
    assert caption_of(path, take, source) == caption


def test_ids_are_file_names_that_any_system_takes():
    assert id_of("Zombie/Walk Forward?.bvh") == "Zombie_Walk-Forward"
    assert id_of("hero.glb", "Armature|Run") == "hero_Armature-Run"
    assert id_of("m01_s01_e02_positions.txt.gz") == "m01_s01_e02"


@given(st.lists(st.sampled_from(["a", "a-2", "a-2-2", "b"]), max_size=12))
def test_ids_become_unique_and_unique_ones_stay(ids):
    result = unique(ids)
    assert len(set(result)) == len(ids)
    for before, after in zip(ids, result, strict=True):
        assert after == before or after.startswith(f"{before}-")
        if ids.count(before) == 1:
            assert after == before
    assert unique(result) == result
