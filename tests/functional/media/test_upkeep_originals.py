"""Originals that nobody wanted for long move to a colder place and come back when somebody does; on disk and on S3."""

import dataclasses
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.clock import now
from app.core.storage import Storage, local_keeping
from app.core.storage.local_keeping import LocalKeeping
from app.media import jobs
from app.media.models import Medium, Version, VersionState
from app.media.upkeep import originals, remakes, verifying
from config import Settings
from tests.functional.media.conftest import BUCKET
from tests.functional.media.uploader import Uploader
from tests.harness.kinds import MakeMedium, Settle

LONG_AGO = timedelta(days=100)
NOTHING = timedelta(0)


def on_s3(request: pytest.FixtureRequest, settings: Settings, cold_class: str) -> Settings:
    request.getfixturevalue("bucket")
    endpoint = request.getfixturevalue("s3_endpoint")
    return dataclasses.replace(settings, s3_bucket=BUCKET, s3_endpoint_url=endpoint, s3_cold_class=cold_class)


@pytest.fixture(params=["local", "STANDARD_IA"])
def settings(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    if request.param == "local":
        return dataclasses.replace(settings, cold_dir=settings.data_dir / "cold")
    return on_s3(request, settings, request.param)


@pytest.fixture
def store(app: Flask) -> Storage:
    storage: Storage = app.extensions["storage"]
    return storage


@pytest.fixture
def old(artist: User, make_medium: MakeMedium, db_session: Session) -> Medium:
    """A work whose original nobody wanted for long."""
    medium = make_medium(artist, "audio", files=True, downloads_allowed=True)
    forget(db_session)
    return medium


def forget(session: Session) -> None:
    session.execute(update(Version).values(original_used_at=now() - LONG_AGO))
    session.commit()


def version_of(session: Session, medium: Medium) -> Version:
    session.expire_all()
    return session.scalars(select(Version).where(Version.medium_id == medium.id).order_by(Version.number)).all()[-1]


def run(app: Flask, job: Callable[[], object]) -> None:
    with app.app_context():
        job()


def places(store: Storage) -> list[bool]:
    """Whether each copy of an original lies in the colder place."""
    return [one.cold for one in [*store.walk_objects("originals/"), *store.walk_cold("originals/")]]


def clean(app: Flask) -> bool:
    with app.app_context():
        return list(verifying.find_troubles(older_than=NOTHING)) == []


def test_what_nobody_wanted_goes_and_what_somebody_did_stays(
    app: Flask, old: Medium, artist: User, make_medium: MakeMedium, store: Storage, db_session: Session
) -> None:
    recent = make_medium(artist, "audio", files=True)
    for _ in range(2):
        run(app, jobs.move_originals)
        assert version_of(db_session, old).cold_at is not None
        assert version_of(db_session, recent).cold_at is None
        assert sorted(places(store)) == [False, True]
        assert clean(app)


def test_a_download_is_answered_from_the_colder_place_and_brings_the_original_back(
    app: Flask, old: Medium, ana: Uploader, store: Storage, db_session: Session
) -> None:
    run(app, jobs.move_originals)
    whole = store.read_bytes(version_of(db_session, old).original_key)
    answer = ana.browser.get(f"/media/{old.public_id}/download")
    assert (answer.status_code == 200 and answer.data == whole) or answer.status_code == 302
    for _ in range(2):
        run(app, jobs.move_originals)
        assert version_of(db_session, old).cold_at is None
        assert places(store) == [False]
    assert store.read_bytes(version_of(db_session, old).original_key) == whole
    assert clean(app)


def test_making_anew_fetches_the_original_first(app: Flask, old: Medium, store: Storage, db_session: Session) -> None:
    run(app, jobs.move_originals)
    with app.app_context():
        assert list(remakes.ask_for_remakes()) == [1]
    run(app, jobs.begin_remakes)
    remake = version_of(db_session, old)
    assert (remake.is_remake, remake.cold_at) == (True, None)
    assert places(store) == [False]
    forget(db_session)
    run(app, jobs.move_originals)
    assert places(store) == [False], "a remake needs it"


def test_a_deletion_takes_the_copy_in_the_colder_place(
    app: Flask, old: Medium, ana: Uploader, store: Storage, settle: Settle
) -> None:
    run(app, jobs.move_originals)
    assert ana.browser.submit(f"/studio/media/{old.public_id}/delete", {"confirm": "y"}).status_code == 303
    settle()
    assert places(store) == []
    assert clean(app)


@pytest.mark.parametrize("cut_at", ["chill", "_note", "keep_only"])
def test_a_move_that_is_cut_anywhere_is_finished_by_the_next(
    app: Flask, old: Medium, store: Storage, db_session: Session, monkeypatch: pytest.MonkeyPatch, cut_at: str
) -> None:
    def die(*_arguments: object, **_named: object) -> None:
        raise KeyboardInterrupt

    whole = store.read_bytes(version_of(db_session, old).original_key)
    with monkeypatch.context() as patch:
        patch.setattr(originals if cut_at == "_note" else type(store), cut_at, die)
        with pytest.raises(KeyboardInterrupt):
            run(app, jobs.move_originals)
    assert store.read_bytes(version_of(db_session, old).original_key) == whole
    run(app, jobs.move_originals)
    with app.app_context():
        list(verifying.prune(older_than=NOTHING))
    assert version_of(db_session, old).cold_at is not None
    assert places(store) == [True]
    assert store.read_bytes(version_of(db_session, old).original_key) == whole
    assert clean(app)


def test_two_movers_do_not_take_the_last_copy_from_each_other(
    app: Flask, settings: Settings, old: Medium, store: Storage, db_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One has copied and is about to delete the first copy, when another comes to bring the original back."""
    if settings.s3_bucket:
        pytest.skip("In a bucket there is one copy.")
    key = version_of(db_session, old).original_key
    whole = store.read_bytes(key)
    about_to, go_on = threading.Event(), threading.Event()

    class Slow(type(Path())):  # type: ignore[misc]  # the class of this system's paths
        def unlink(self, *, missing_ok: bool = False) -> None:
            about_to.set()
            go_on.wait(2)
            super().unlink(missing_ok=missing_ok)

    find = LocalKeeping._cold_path
    monkeypatch.setattr(LocalKeeping, "_cold_path", lambda self, key: (found := find(self, key)) and Slow(found))
    monkeypatch.setattr(LocalKeeping, "_path", lambda self, key: Slow(local_keeping._below(self.root, key)))
    mover = threading.Thread(target=run, args=(app, lambda: originals.chill_unwanted(NOTHING)))
    mover.start()
    assert about_to.wait(10)
    run(app, lambda: originals.bring_back(key))
    go_on.set()
    mover.join()
    monkeypatch.undo()
    assert store.read_bytes(key) == whole
    run(app, lambda: originals.bring_back(key))
    assert places(store) == [False]
    assert clean(app)


def test_what_was_deleted_while_it_was_copied_leaves_no_copy(
    app: Flask, old: Medium, store: Storage, db_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    chill = type(store).chill
    key = version_of(db_session, old).original_key

    def chill_and_delete(self: Storage, key: str) -> None:
        chill(self, key)
        medium = db_session.get_one(Medium, old.id)
        db_session.delete(medium)
        db_session.commit()
        store.delete_prefix(key)
        chill_again(key)

    def chill_again(key: str) -> None:
        store.put_bytes(key, b"late", content_type="")

    monkeypatch.setattr(type(store), "chill", chill_and_delete)
    run(app, jobs.move_originals)
    assert store.size_bytes(key) is None
    assert places(store) == []


def test_an_archive_is_waited_for_and_that_is_said(
    request: pytest.FixtureRequest,
    settings: Settings,
    make_app: Callable[..., Flask],
    login: Any,
    artist: User,
    make_medium: MakeMedium,
    db_session: Session,
) -> None:
    if not settings.s3_bucket:
        pytest.skip("A disk is no archive.")
    app = make_app(on_s3(request, settings, "DEEP_ARCHIVE"))
    medium = make_medium(artist, "audio", files=True, downloads_allowed=True)
    forget(db_session)
    run(app, jobs.move_originals)
    assert version_of(db_session, medium).cold_at is not None
    browser = login(app.test_client(), artist)
    answer = browser.get(f"/media/{medium.public_id}/download")
    assert answer.status_code == 503
    assert "lies in the archive" in answer.text
    with app.app_context():
        assert list(remakes.ask_for_remakes()) == [1]
        assert remakes.begin_remakes(2) == 0, "it was only asked for"
        assert remakes.are_waiting()
    run(app, jobs.move_originals)
    assert version_of(db_session, medium).cold_at is None, "moto's archive is quick"
    assert browser.get(f"/media/{medium.public_id}/download").status_code == 302
    with app.app_context():
        assert remakes.begin_remakes(2) == 1
    assert version_of(db_session, medium).state is VersionState.PROCESSING


def test_the_doctor_misses_a_colder_place_that_is_not_there(
    settings: Settings, make_app: Callable[..., Flask], app: Flask, old: Medium
) -> None:
    if settings.s3_bucket:
        pytest.skip("A bucket's class is where the bucket is.")
    run(app, jobs.move_originals)
    assert old.version_id
    said = app.test_cli_runner().invoke(args=["doctor"]).output
    assert "ok   colder place: originals of 90 days lie in" in said
    elsewhere = dataclasses.replace(settings, cold_dir=settings.data_dir / "unmounted")
    for changed, advice in ((elsewhere, "Mount it."), (dataclasses.replace(settings, cold_dir=None), "Set COLD_DIR")):
        result = make_app(changed).test_cli_runner().invoke(args=["doctor"])
        assert result.exit_code == 1
        assert "fail colder place" in result.output
        assert advice in result.output
