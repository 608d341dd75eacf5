"""Every record of the demo can be played: whole, loud enough to hear, and without a sample that is no number."""

import numpy as np
import pytest

from app.demo.rendering import RECIPES
from app.demo.sound import RATE

SECONDS = 14.0


@pytest.mark.parametrize("slug", sorted(RECIPES))
def test_a_record_begins_as_music(slug: str) -> None:
    sound = RECIPES[slug].sound(SECONDS)
    assert sound.shape[-1] == 2 or sound.shape[0] == 2
    assert max(sound.shape) >= SECONDS * RATE * 0.9
    assert np.isfinite(sound).all()
    assert np.sqrt(np.mean(np.square(sound))) > 0.001
