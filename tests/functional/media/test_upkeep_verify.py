"""flask media verify and prune: all that rows name is there and whole, and nothing else is; on disk and on S3."""

import dataclasses
import gc
import io
import tracemalloc
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
from app.core.events import OutboxEntry
from app.core.pictures import Picture
from app.core.storage import Storage
from app.media.models import EncodedChunk, Medium, Upload, Version, VersionState
from app.media.upkeep import folders, inventory, verifying
from config import Settings
from tests.factories.media import MediumOrder, add_medium
from tests.functional.media import recordings
from tests.functional.media.conftest import BUCKET
from tests.functional.media.studio import Studio
from tests.harness.kinds import CountStatements, MakeMedium, Settle

AT_ONCE = ("--older-than", "0")


@pytest.fixture(params=["local", "s3"])
def settings(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    if request.param == "local":
        return dataclasses.replace(settings, cold_dir=settings.data_dir / "cold")
    request.getfixturevalue("bucket")
    return dataclasses.replace(
        settings,
        s3_bucket=BUCKET,
        s3_endpoint_url=request.getfixturevalue("s3_endpoint"),
        s3_cold_class="STANDARD_IA",
    )


@pytest.fixture
def store(app: Flask) -> Storage:
    storage: Storage = app.extensions["storage"]
    return storage


@pytest.fixture
def media(app: Flask) -> Callable[..., tuple[int, str]]:
    """``media("verify", "--deep")``: exit code and what it says."""

    def run(*arguments: str) -> tuple[int, str]:
        result = app.test_cli_runner().invoke(args=["media", *arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.output

    return run


@pytest.fixture
def film(artist: User, make_medium: MakeMedium) -> Medium:
    return make_medium(artist, "video", files=True, artwork=True)


def version_of(session: Session, medium: Medium) -> Version:
    session.expire_all()
    return session.scalars(select(Version).where(Version.medium_id == medium.id)).one()


def everything(store: Storage) -> set[str]:
    folders = ("media/", "public/", "pictures/", "originals/")
    return {one.key for folder in folders for one in [*store.walk_objects(folder), *store.walk_cold(folder)]}


def test_what_is_whole_is_called_whole(studio: Studio, media: Any, film: Medium, settings: Settings) -> None:
    if not settings.s3_bucket:
        studio.make(recordings.two_chunk_film())
    studio.make(recordings.sung_song())
    store = studio.store
    store.delete_prefix(f"media/{film.public_id}/")
    for medium in studio.session.scalars(select(Medium).where(Medium.id == film.id)):
        studio.session.delete(medium)  # its objects are no recordings: --deep would say so
    studio.session.commit()
    assert media("prune", "--yes", *AT_ONCE)[0] == 0
    before = everything(store)
    assert media("verify", "--deep", *AT_ONCE) == (0, "Everything is there and whole, and nothing else is.\n")
    assert media("prune", *AT_ONCE) == (0, "0 would be deleted, 0 bytes.\n")
    assert everything(store) == before
    assert len([key for key in before if key.endswith("mp4")]) >= (1 if settings.s3_bucket else 4)


def test_each_trouble_is_told_with_its_medium_and_what_to_do(
    media: Any, film: Medium, store: Storage, db_session: Session
) -> None:
    assert media("verify", *AT_ONCE)[0] == 0
    version = version_of(db_session, film)
    picture = db_session.get_one(Picture, film.artwork_id)
    chunk = db_session.scalars(select(EncodedChunk.object_name).order_by(EncodedChunk.object_name)).first()
    spoiled = {
        version.storage_prefix + str(chunk): (b"short", "It has 5 bytes instead of 3000.", "reprocess --medium"),
        version.storage_prefix + "peaks.json": (b"", "It is empty.", "reprocess --medium"),
        version.storage_prefix + "storyboard.jpg": (None, "It is missing.", "reprocess --medium"),
        picture.storage_prefix + "320.webp": (None, "missing or empty", "choose a picture again"),
    }
    for key, (data, _what, _advice) in spoiled.items():
        if data is None:
            store.delete_exactly([key])
        else:
            store.put_bytes(key, data, content_type="")
    code, said = media("verify")
    assert code == 1
    for key, (_data, what, advice) in spoiled.items():
        (line,) = [line for line in said.splitlines() if key in line]
        assert line.startswith(film.public_id)
        assert what in line
        assert advice in line
    assert said.endswith("4 troubles.\n")
    store.delete_exactly([version.original_key])
    said = media("verify", "--medium", film.public_id)[1]
    assert f"{version.original_key}: The original is missing. Restore it" in said
    assert "have its artist upload the file again" in said, "and nothing can be made anew without it"


def test_bytes_that_changed_are_found_by_looking_deep(studio: Studio, media: Any, settings: Settings) -> None:
    if settings.s3_bucket:
        pytest.skip("They are read in the same way.")
    public_id = studio.make(recordings.sung_song())
    version = studio.version(public_id)
    name = studio.session.scalars(select(EncodedChunk.object_name)).first()
    for key in (version.original_key, version.storage_prefix + str(name)):
        data = bytearray(studio.store.read_bytes(key))
        data[100] ^= 1
        studio.store.put_bytes(key, bytes(data), content_type="")
    assert media("verify")[0] == 0
    code, said = media("verify", "--deep")
    assert code == 1
    assert "The bytes of the original have changed." in said
    assert "Its bytes have changed." in said


def leave_litter(store: Storage, version: Version) -> set[str]:
    """What killed processes leave: objects of a lost lease, folders and files of rows that never were."""
    litter = {
        version.storage_prefix + "240p-0000-7.mp4",
        "media/never-committed/film-1.mp4",
        "public/never-committed/640.jpg",
        "pictures/never-committed/640.jpg",
        "originals/never-committed",
    }
    for key in litter:
        store.put_bytes(key, b"litter", content_type="")
    return litter


def test_what_nobody_needs_is_told_first_and_deleted_when_told_to(
    media: Any, film: Medium, store: Storage, db_session: Session
) -> None:
    needed = everything(store)
    litter = leave_litter(store, version_of(db_session, film))
    assert media("verify")[0] == 0, "it is too young to be nobody's"
    assert media("prune", "--yes")[1].startswith("0 deleted")
    code, said = media("verify", *AT_ONCE)
    assert code == 1
    assert all(any(key in line and "flask media prune" in line for line in said.splitlines()) for key in litter)
    for arguments in (AT_ONCE, ("--yes", "--dry-run", *AT_ONCE)):
        code, said = media("prune", *arguments)
        assert (code, "5 would be deleted" in said, "--yes" in said) == (0, True, True)
        assert everything(store) == needed | litter
    assert "5 deleted" in media("prune", "--yes", *AT_ONCE)[1]
    assert everything(store) == needed
    assert media("prune", "--yes", *AT_ONCE)[1] == "0 deleted, 0 bytes.\n"
    assert media("verify", *AT_ONCE)[0] == 0


def test_a_prune_that_was_cut_goes_on_where_it_was(
    app: Flask, media: Any, film: Medium, store: Storage, db_session: Session
) -> None:
    needed = everything(store)
    leave_litter(store, version_of(db_session, film))
    with app.app_context():
        cut = verifying.prune(older_than=timedelta(0))
        next(cut)
        next(cut)
        del cut
    assert len(everything(store) - needed) == 3
    media("prune", "--yes", *AT_ONCE)
    assert everything(store) == needed


def test_what_an_open_upload_or_a_running_step_needs_is_nobodys_orphan(studio: Studio, media: Any) -> None:
    data = recordings.sung_song().read_bytes()
    upload = studio.uploader.create(data, "half.mp3")
    studio.uploader.send(upload, {1: data})
    key = studio.session.scalars(select(Upload.storage_key)).one()
    studio.store.put_bytes(key, data, content_type="")  # joined, by a process that was killed before it said so
    public_id = studio.upload(recordings.sung_song())
    version = studio.version(public_id)
    studio.store.put_bytes(version.storage_prefix + "sound-1.m4a", b"being stored", content_type="")
    before = everything(studio.store)
    assert media("prune", "--yes", *AT_ONCE)[1].startswith("0 deleted")
    assert media("verify", *AT_ONCE)[0] == 0
    assert everything(studio.store) == before
    studio.store.delete_exactly([version.storage_prefix + "sound-1.m4a"])
    assert studio.uploader.confirm(upload, data).status_code == 200
    studio.settle()
    assert media("verify", "--deep", *AT_ONCE)[0] == 0


def test_a_picture_that_nobody_shows_goes_with_its_row(
    media: Any, film: Medium, store: Storage, db_session: Session
) -> None:
    picture_id = film.artwork_id
    db_session.execute(update(Medium).values(artwork_id=None))
    db_session.commit()
    assert media("prune", "--yes")[1].startswith("0 deleted"), "it may have been stored a moment ago"
    db_session.execute(update(Picture).values(created_at=now() - timedelta(days=3)))
    db_session.commit()
    assert "Nobody shows this picture." in media("verify")[1]
    assert "1 deleted" in media("prune", "--yes")[1]
    db_session.expire_all()
    assert db_session.get(Picture, picture_id) is None
    assert not [key for key in everything(store) if key.startswith("pictures/")]


def test_what_a_deletion_is_about_to_take_is_no_trouble(
    studio: Studio, media: Any, film: Medium, settle: Settle
) -> None:
    browser = studio.uploader.browser
    assert browser.submit(f"/studio/media/{film.public_id}/delete", {"confirm": "y"}).status_code == 303
    assert everything(studio.store)
    assert media("verify", *AT_ONCE) == (0, "Everything is there and whole, and nothing else is.\n")
    settle()
    assert everything(studio.store) == set()
    assert studio.session.scalars(select(OutboxEntry.finished_at).where(OutboxEntry.finished_at.is_(None))).all() == []


def test_a_version_that_moved_while_we_looked_is_no_trouble(
    app: Flask, film: Medium, store: Storage, db_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows are read, then its files get new keys, then the old ones are looked for."""
    version = version_of(db_session, film)
    old, read = version.storage_prefix, inventory._read

    def read_then_move(query: Any) -> Any:
        held = read(query)
        if store.list_objects(old):
            version.delivery_key = "moved-elsewhere"
            store.copy_prefix(old, version.storage_prefix)
            db_session.commit()
            store.delete_prefix(old)
        return held

    monkeypatch.setattr(inventory, "_read", read_then_move)
    with app.app_context():
        assert list(verifying.find_troubles()) == []


@pytest.fixture
def many(artist: User, db_session: Session, store: Storage, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(inventory, "BATCH", 40)
    order = MediumOrder(
        kind="audio", state="ready", visibility="public", with_version=True, files=False, artwork=False  # type: ignore[arg-type]
    )  # fmt: skip
    for _ in range(inventory.BATCH * 2 + 10):
        add_medium(db_session, store, artist, order)
    return inventory.BATCH * 2 + 10


def test_a_batch_costs_two_statements_however_many_versions_it_has(
    app: Flask, many: int, count_statements: CountStatements
) -> None:
    with app.app_context(), count_statements() as seen:
        held = sum(len(batch) for batch in inventory.walk_versions())
    assert held == many
    assert len(seen) == 2 * 4, "three batches and the end"


def test_verify_holds_one_batch_at_a_time(
    app: Flask,
    artist: User,
    db_session: Session,
    store: Storage,
    settings: Settings,
    count_statements: CountStatements,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if settings.s3_bucket:
        pytest.skip("The rows are the same, and moto answers slowly.")
    for module in (inventory, folders):
        monkeypatch.setattr(module, "BATCH", 20)
    order = MediumOrder(
        kind="audio", state="ready", visibility="public", with_version=True, files=True, artwork=False  # type: ignore[arg-type]
    )  # fmt: skip

    def peak(count: int) -> tuple[int, int]:
        for _ in range(count):
            add_medium(db_session, store, artist, order)
        db_session.expunge_all()
        seldom = gc.get_threshold()
        gc.set_threshold(700, 10, 10)  # as where it runs: what nobody holds any more is not counted as held
        try:
            with app.app_context(), count_statements() as seen:
                tracemalloc.start()
                assert list(verifying.find_troubles(older_than=timedelta(0))) == []
                _now, most = tracemalloc.get_traced_memory()
                tracemalloc.stop()
        finally:
            gc.set_threshold(*seldom)
        return most, len(seen)

    peak(50)  # what is loaded once and kept counts for none of the two that are compared
    few, few_statements = peak(10)
    many, many_statements = peak(180)
    assert many < 2.5 * few, "four times the media: 3.7 times as much where all are held at once"
    assert many_statements <= few_statements + 9 * (2 + 2 + 2), "for twenty: two for rows, folders and originals each"


def test_a_file_that_a_killed_writer_left_on_disk_goes_and_so_does_the_empty_folder(
    media: Any, film: Medium, settings: Settings, db_session: Session
) -> None:
    if settings.s3_bucket:
        pytest.skip("A bucket has neither.")
    root = settings.data_dir / "media"
    prefix = version_of(db_session, film).storage_prefix
    (root / prefix / ".film.mp4.0a1b2c").write_bytes(b"half")
    (root / "media/empty").mkdir()
    (root / "media/halved").mkdir()
    (root / "media/halved/.film.mp4.0a1b2c").write_bytes(b"half")
    assert media("prune", "--yes", *AT_ONCE)[0] == 0
    assert [path.name for path in (root / "media").iterdir()] == [Path(prefix).name]
    assert media("verify", *AT_ONCE)[0] == 0


def test_an_older_failed_version_is_looked_after_too(
    media: Any, film: Medium, store: Storage, db_session: Session
) -> None:
    version = version_of(db_session, film)
    version.state = VersionState.FAILED
    db_session.commit()
    store.put_bytes(version.storage_prefix + "360p-0001-2.mp4", io.BytesIO(b"x").read(), content_type="")
    assert "1 deleted" in media("prune", "--yes", *AT_ONCE)[1]
    assert media("verify", *AT_ONCE)[0] == 0
