"""Whatever is killed while media are replaced, deleted, made anew, pruned and moved: in the end all is there."""

import dataclasses

import pytest

from config import Settings
from tests.functional.media import upkeep_runs
from tests.functional.media.studio import Studio


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return dataclasses.replace(settings, cold_dir=settings.data_dir / "cold", lease_s=5)


def test_a_few_media_that_are_changed_by_processes_that_die(studio: Studio) -> None:
    place = upkeep_runs.run(studio, media=8, changes=4, seed=4)
    assert place.is_clean() == ""
    assert place.all_play() == []
    assert len(place.media()) == 8 - len(place.deleted)
    assert sum(count for name, count in place.happened.items() if name.endswith("killed")) > 2
