import pytest
from library_samples import FakeEncoder, clip_of


@pytest.fixture
def encoder():
    return FakeEncoder()


@pytest.fixture
def clips():
    return [
        clip_of("walk", ("a person walks", "someone walks forward"), 40, licence="MIT"),
        clip_of("jump", ("a person jumps",), 25),
        clip_of("walk-mirrored", ("a person walks",), 40, recording="walk"),
    ]
