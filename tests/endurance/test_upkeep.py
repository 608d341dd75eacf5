"""Looking after media at length: changed and killed at random, and looked through in large numbers."""

import dataclasses
import resource
import time
import tracemalloc
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.storage import Storage
from app.media.models import Kind, MediumState, Visibility
from app.media.upkeep import verifying
from config import Settings
from tests.factories.media import MediumOrder, add_medium
from tests.functional.media import upkeep_runs
from tests.functional.media.studio import Studio
from tests.functional.media.uploader import Uploader
from tests.harness.kinds import CountStatements, Login, MakePerson

ORDER = MediumOrder(
    kind=Kind.AUDIO,
    state=MediumState.READY,
    visibility=Visibility.PUBLIC,
    with_version=True,
    files=True,
    artwork=False,
)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return dataclasses.replace(settings, cold_dir=settings.data_dir / "cold", lease_s=5, remakes_at_once=5)


@pytest.fixture
def artist(make_person: MakePerson) -> User:
    return make_person(role="artist", username="ana")


@pytest.fixture
def studio(app: Flask, db_session: Session, artist: User, login: Login) -> Studio:
    return Studio(app, db_session, Uploader(login(app.test_client(), artist)))


def test_three_hundred_media_changed_by_processes_that_die(studio: Studio, finding: Callable[[str], None]) -> None:
    """300 media are replaced, deleted, made anew, pruned and moved, every command and worker killed at random."""
    began = time.monotonic()
    place = upkeep_runs.run(studio, media=300, changes=100, seed=2026, rest_s=900)
    clean, silent = place.is_clean(), place.all_play()
    happened = ", ".join(f"{name} {count}" for name, count in sorted(place.happened.items()))
    finding(f"100 changes in {time.monotonic() - began:.0f} s: {happened}")
    finding(f"{len(place.media())} media left, {len(place.deleted)} deleted; verify --deep says: {clean or 'clean'}")
    finding(f"{len(silent)} media do not play")
    assert clean == ""
    assert silent == []
    assert len(place.media()) == 300 - len(place.deleted)


def test_two_thousand_media_are_looked_through(
    app: Flask,
    artist: User,
    db_session: Session,
    store: Storage,
    count_statements: CountStatements,
    finding: Callable[[str], None],
) -> None:
    """Verify of 2,000 media holds a batch at a time and asks the database a few times a batch."""
    for _ in range(2000):
        add_medium(db_session, store, artist, ORDER)
    db_session.expunge_all()
    with app.app_context(), count_statements() as seen:
        began = time.monotonic()
        assert list(verifying.find_troubles(older_than=timedelta(0))) == []
        took_s = time.monotonic() - began
        tracemalloc.start()
        assert list(verifying.find_troubles(older_than=timedelta(0))) == []
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    whole_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    finding(f"2,000 media, 10,000 objects on disk: {took_s:.1f} s, {len(seen) // 2} statements")
    finding(f"at most {most / 1e6:.1f} MB of its own at a time, in a test process of {whole_mb:.0f} MB")
    assert len(seen) // 2 < 80
    assert most < 16e6


@pytest.fixture
def store(app: Flask) -> Storage:
    storage: Storage = app.extensions["storage"]
    return storage
