"""A deletion reaches everything: each object, row, page, playlist, upload; cut anywhere, it is finished by the next."""

import dataclasses
import io
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from app.accounts.models import User
from app.core.queue import connect
from app.core.storage import Storage
from app.extensions import db
from app.media import jobs
from app.operations import errands
from app.rights.jobs import delete_people_due
from config import Settings
from tests.factories import media_files
from tests.functional.media import recordings
from tests.functional.media.conftest import BUCKET
from tests.functional.media.studio import Studio
from tests.harness import work
from tests.harness.kinds import MakeMedium

VTT = b"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nAdded by hand\n"
KEPT = {
    "users",
    "sessions",
    "realms",
    "outbox",
    "alembic_version",
    "spent_usernames",
    "audit_entries",
    "audit_head",
    "audit_keys",
    "audit_checks",
    "audit_anchors",
    "house_rules",
    "known_devices",
    "throttles",
}
"""Tables of people, and of what is to be done."""


@pytest.fixture(params=["local", "s3"])
def settings(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    if request.param == "local":
        return dataclasses.replace(settings, cold_dir=settings.data_dir / "cold")
    request.getfixturevalue("bucket")
    endpoint = request.getfixturevalue("s3_endpoint")
    return dataclasses.replace(settings, s3_bucket=BUCKET, s3_endpoint_url=endpoint, s3_cold_class="STANDARD_IA")


class Cut(Exception):
    """A process dies here."""


def stored(app: Flask) -> list[str]:
    """Everything that lies in storage, in either place, and the parts of uploads."""
    store: Storage = app.extensions["storage"]
    folders = ("media/", "public/", "pictures/", "originals/")
    objects = [one.key for folder in folders for one in [*store.walk_objects(folder), *store.walk_cold(folder)]]
    return objects + [one.multipart_id for one in store.list_unfinished("originals/")]


def rows(app: Flask) -> dict[str, int]:
    """How many rows each table of media and plays has, where it has any."""
    with app.app_context():
        counts = {
            table.name: db.session.scalar(select(func.count()).select_from(table)) or 0
            for table in db.metadata.sorted_tables
            if table.name not in KEPT
        }
        db.session.rollback()
    return {name: count for name, count in counts.items() if count}


def a_full_life(studio: Studio) -> str:
    """A film with everything that a medium may have: tracks, chapters, a second file that failed, an open upload."""
    browser = studio.uploader.browser
    public_id = studio.make(recordings.two_chunk_film())
    for action, form in (
        ("publish", {}),
        ("captions", {"language": "fr", "label": "A", "kind": "captions", "file": (io.BytesIO(VTT), "c.vtt")}),
        ("chapters", {"chapters": "0:00 In\n0:02 Out"}),
    ):
        assert browser.submit(f"/studio/media/{public_id}/{action}", form).status_code == 303
    studio.upload(media_files.cut(media_files.sound("flac"), 0.5), replaces=public_id)
    studio.settle()
    data = media_files.sound("mp3").read_bytes()
    upload = studio.uploader.create(data, replaces=public_id)
    studio.uploader.send(upload, {1: data})
    return public_id


def delete(studio: Studio, public_id: str) -> None:
    answer = studio.uploader.browser.submit(f"/studio/media/{public_id}/delete", {"confirm": "y"})
    assert answer.status_code == 303


def nothing_is_left(app: Flask) -> bool:
    """And verify and prune see the same."""
    said = [
        app.test_cli_runner().invoke(args=["media", *arguments, "--older-than", "0"]).output
        for arguments in (("verify", "--deep"), ("prune",))
    ]
    assert said == ["Everything is there and whole, and nothing else is.\n", "0 would be deleted, 0 bytes.\n"]
    return stored(app) == [] and rows(app) == {}


def test_a_deletion_reaches_every_object_row_page_and_playlist(app: Flask, studio: Studio) -> None:
    browser = studio.uploader.browser
    public_id = a_full_life(studio)
    medium, said = studio.medium(public_id), studio.playback(public_id)
    page = f"/@ana/{medium.slug}"
    addresses = [page, said["hls"], said["progressive"], said["storyboard"], *(one["url"] for one in said["captions"])]
    addresses += [f"/embed/media/{public_id}", f"/media/{public_id}/download", said["artwork"]["src"]]
    assert {browser.get(url).status_code for url in addresses} <= {200, 302}
    assert len(stored(app)) > 15
    assert {"media", "versions", "renditions", "encoded_chunks", "tasks", "captions", "chapters", "uploads"} <= set(
        rows(app)
    )
    delete(studio, public_id)
    studio.settle()
    assert {browser.get(url).status_code for url in addresses} == {404}
    assert medium.title not in browser.get("/studio/media").text
    assert nothing_is_left(app)


def test_a_deletion_whose_jobs_are_cut_is_finished_by_the_next(
    app: Flask, studio: Studio, artist: User, make_medium: MakeMedium, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every errand dies once, after half of what it does; then Redis forgets them all."""
    public_id = make_medium(artist, "video", files=True, artwork=True).public_id
    data = media_files.sound("mp3").read_bytes()
    upload = studio.uploader.create(data, replaces=public_id)
    studio.uploader.send(upload, {1: data})
    delete(studio, public_id)
    before = set(stored(app))
    store_type = type(studio.store)
    whole, died = store_type.delete_prefix, set()

    def half(self: Any, prefix: str) -> None:
        if prefix in died:
            whole(self, prefix)
            return
        died.add(prefix)
        keys = sorted(one.key for one in self.walk_objects(prefix))
        self.delete_exactly(keys[: len(keys) // 2])
        raise Cut

    with monkeypatch.context() as patch:
        patch.setattr(store_type, "delete_prefix", half)
        work.settle(app, failures=True)
        assert set() < set(stored(app)) < before
        connect(app.config["SETTINGS"].redis_url).flushall()
        with app.app_context():
            db.session.execute(text("UPDATE outbox SET delivered_at = now() - interval '1 hour'"))
            errands.ring_again()
            db.session.commit()
        studio.settle()
    assert nothing_is_left(app)


def test_a_deletion_while_it_is_encoded_leaves_nothing(app: Flask, studio: Studio, settings: Settings) -> None:
    if settings.s3_bucket:
        pytest.skip("The same rows.")
    public_id = studio.upload(recordings.two_chunk_film())
    assert studio.step()
    assert studio.step()
    delete(studio, public_id)
    studio.steps()
    studio.settle()
    assert nothing_is_left(app)


def test_a_deletion_while_it_is_made_anew_takes_both(app: Flask, studio: Studio, settings: Settings) -> None:
    if settings.s3_bucket:
        pytest.skip("The same rows.")
    public_id = studio.make(recordings.sung_song())
    app.test_cli_runner().invoke(args=["media", "reprocess", "--all"])
    with app.app_context():
        jobs.begin_remakes()
    assert studio.step()
    assert len(studio.versions(public_id)) == 2
    delete(studio, public_id)
    studio.settle()
    assert nothing_is_left(app)


def test_a_person_who_leaves_takes_everything_along(
    app: Flask, studio: Studio, artist: User, make_medium: MakeMedium
) -> None:
    make_medium(artist, "video", files=True, artwork=True)
    data = media_files.sound("mp3").read_bytes()
    upload = studio.uploader.create(data)
    studio.uploader.send(upload, {1: data})
    with app.app_context():
        db.session.execute(text("UPDATE users SET deletion_due_at = now() - interval '1 day'"))
        db.session.commit()
        delete_people_due()
    studio.settle()
    assert nothing_is_left(app)
