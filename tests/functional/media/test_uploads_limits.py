"""What may be uploaded: limits by role, kinds by content, names made tidy, a disk that is full. And the plain form."""

import dataclasses
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from itsdangerous import TimestampSigner
from sqlalchemy import select
from sqlalchemy.orm import Session
from urllib3.filepost import encode_multipart_formdata

from app.accounts.models import User
from app.core.storage.local import TICKET_SECONDS, LocalStorage
from app.factory import FORM_BYTES
from app.media.models import Medium, MediumState, Upload, UploadState, Version
from config import Settings, UploadLimit
from tests.factories import media_files
from tests.functional.media.uploader import Uploader, cut, digest, put, wav
from tests.harness.browser import Browser

PART_BYTES = 64 * 1024
MB = 1_000_000


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Small parts; an artist may send 48 MB a file and 3 minutes in all, a moderator 1 MB."""
    artist = UploadLimit(minutes=3, file_bytes=48 * MB, height_px=480)
    moderator = UploadLimit(minutes=0, file_bytes=MB, height_px=240)
    limits = {"artist": artist, "moderator": moderator, "admin": moderator}
    return dataclasses.replace(settings, part_size_bytes=PART_BYTES, upload_limits=limits)


def asked(uploader: Uploader, size_bytes: object, filename: object = "song.wav") -> Any:
    return uploader.ask("/uploads", {"filename": filename, "size_bytes": size_bytes})


def nothing_is_kept(app: Flask, db_session: Session) -> None:
    store: LocalStorage = app.extensions["storage"]
    db_session.expire_all()
    assert db_session.scalars(select(Medium)).all() == []
    assert store.list_objects("originals/") == []
    assert list(store.parts_root.iterdir()) == []


# Limits ---------------------------------------------------------------------------------------------------------------


def test_the_page_says_the_limits_of_the_role_before_anything_is_sent(ana: Uploader) -> None:
    page = ana.browser.get("/upload").text
    assert "A file may have up to 48.0 MB." in page
    assert "You have 3 of 3 minutes left." in page
    assert "Video is kept in up to 480p." in page


def test_the_limits_are_those_of_the_role(
    ana: Uploader, make_person: Callable[..., User], uploader_of: Callable[..., Uploader]
) -> None:
    mod = uploader_of(make_person(role="moderator", username="mo"))
    assert asked(ana, 48 * MB).status_code == 201
    assert asked(mod, MB).status_code == 201
    refused = asked(mod, MB + 1)
    assert refused.status_code == 413
    assert refused.json["error"] == "This file is larger than the 1.0 MB that you may upload."


def test_a_file_that_is_too_large_is_refused_before_its_first_byte(
    ana: Uploader, app: Flask, db_session: Session
) -> None:
    refused = asked(ana, 48 * MB + 1)
    assert refused.status_code == 413
    assert "the 48.0 MB that you may upload" in refused.json["error"]
    nothing_is_kept(app, db_session)


@pytest.mark.parametrize("size", [0, -5])
def test_an_empty_file_is_refused(ana: Uploader, size: int) -> None:
    assert asked(ana, size).status_code == 422


@pytest.mark.parametrize(
    "said",
    [
        {}, {"filename": "a"}, {"size_bytes": 3}, {"filename": 3, "size_bytes": 3}, ["a"], "a", None,
        {"filename": "a", "size_bytes": "3"},
        {"filename": "a", "size_bytes": True}, {"filename": "a", "size_bytes": 1.5},
    ],
)  # fmt: skip
def test_what_is_no_request_of_the_protocol_is_told_so(ana: Uploader, said: Any) -> None:
    assert ana.browser.post("/uploads", json=said, headers={"X-CSRFToken": ana.token}).status_code == 400


def test_without_a_token_against_forgery_nothing_begins(ana: Uploader) -> None:
    refused = ana.browser.post("/uploads", json={"filename": "a.wav", "size_bytes": 10})
    assert refused.status_code == 400


def test_whoever_used_up_their_minutes_hears_so_before_the_upload(
    ana: Uploader, artist: User, make_medium: Callable[..., Medium]
) -> None:
    make_medium(artist, duration_ms=3 * 60_000)
    assert "You have 0 of 3 minutes left." in ana.browser.get("/upload").text
    refused = asked(ana, 1000)
    assert refused.status_code == 422
    assert "3 minutes are used up" in refused.json["error"]


def test_a_recording_that_is_longer_than_what_is_left_fails_with_the_sentence(
    ana: Uploader, artist: User, make_medium: Callable[..., Medium], settle: Callable[[], None], db_session: Session
) -> None:
    make_medium(artist, duration_ms=3 * 60_000 - 1000)
    answer = ana.upload(media_files.sound("mp3").read_bytes(), "five seconds.mp3")
    assert answer.status_code == 200
    settle()
    medium = db_session.scalars(select(Medium).where(Medium.public_id == answer.json["medium"]["public_id"])).one()
    version = db_session.scalars(select(Version).where(Version.medium_id == medium.id)).one()
    sentence = "This file runs 0:05, and of your 3 minutes 0:01 is left."
    assert (medium.state, version.failure_sentence) == (MediumState.FAILED, sentence)
    assert sentence in ana.browser.get(f"/studio/media/{medium.public_id}").text


def test_listeners_are_asked_to_open_a_channel(
    make_person: Callable[..., User], uploader_of: Callable[..., Uploader], client: Browser
) -> None:
    lee = uploader_of(make_person(role="listener", username="lee"))
    assert lee.browser.get("/upload").status_code == 200
    confirm = f"/uploads/{uuid4()}/confirm"
    refused = [asked(lee, 1000), lee.ask("/uploads", method="GET"), lee.ask(confirm, {"sha256": ""})]
    assert [answer.status_code for answer in refused] == [403, 403, 403]
    assert "Open a channel first" in refused[0].json["error"]
    assert client.post("/uploads", json={}).status_code in {400, 401}
    assert client.get("/upload").status_code == 303


# Kinds, by content ----------------------------------------------------------------------------------------------------

NOT_RECORDINGS = {
    "page.mp3": (b"<!DOCTYPE html><script>alert(1)</script>", "This is a web page, not a recording."),
    "archive.mp4": (b"PK\x03\x04" + bytes(200), "This is a ZIP archive. Unpack it, and upload the recordings in it."),
    "list.mp4": (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "This is a playlist, not a recording."),
    "concat.mp4": (b"ffconcat version 1.0\nfile /etc/passwd\n", "This is a playlist, not a recording."),
    "zeros.wav": (bytes(5000), "This file holds nothing but zeros; it was probably not copied to its end."),
    "noise.mkv": (b"\x01\x02\x03\x04\xfe" * 100, "We do not know this kind of file."),
    "letter.flac": (b"Dear reader, " * 50, "This is a text, not a recording."),
}


@pytest.mark.parametrize("name", NOT_RECORDINGS)
def test_the_content_decides_what_a_file_is_whatever_its_name_says(
    ana: Uploader, app: Flask, name: str, settle: Callable[[], None], db_session: Session
) -> None:
    data, sentence = NOT_RECORDINGS[name]
    answer = ana.upload(data, name)
    assert answer.status_code == 422
    assert answer.json["error"].startswith(sentence)
    settle()
    nothing_is_kept(app, db_session)
    (upload,) = db_session.scalars(select(Upload))
    assert (upload.state, upload.failure_reason) == (UploadState.FAILED, answer.json["error"])


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../etc/passwd.wav", "passwd.wav"),
        ("C:\\music\\song.wav", "song.wav"),
        ("so\x00ng\r\n\x1b[31m.wav", "song[31m.wav"),
        ("gpj.\u202evaw.wav", "gpj.vaw.wav"),
        ("\u2066\u200f\u061chidden\u2069.wav", "hidden.wav"),
        ("half \ud83d.wav", "half .wav"),
        ("Ю́жный ветер 南风.wav", "Ю́жный ветер 南风.wav"),
        ('"; filename=evil.html', '"; filename=evil.html'),
        ("a" * 400 + ".wav", "a" * 196 + ".wav"),
        ("/", "untitled"),
        ("", "untitled"),
    ],
)
def test_names_are_shown_without_what_could_mislead(ana: Uploader, sent: str, shown: str) -> None:
    assert asked(ana, 1000, sent).json["filename"] == shown


def test_two_files_of_one_name_at_once_get_an_address_each(ana: Uploader, db_session: Session) -> None:
    files = [wav(1000, seed) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        twins = [(ana.twin(), data) for data in files]
        answers = list(pool.map(lambda one: one[0].upload(one[1], "Track.wav"), twins))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert set(db_session.scalars(select(Medium.slug))) == {"track", "track-2", "track-3", "track-4"}


# Tickets --------------------------------------------------------------------------------------------------------------


def test_a_ticket_that_is_forged_or_has_run_out_opens_nothing(
    ana: Uploader, monkeypatch: pytest.MonkeyPatch, client: Browser
) -> None:
    data = wav(1000)
    upload = ana.create(data)
    (ticket,) = ana.tickets(upload, cut(data, PART_BYTES))
    token = ticket["url"].rsplit("/", 1)[-1]
    payload, rest = token.split(".", 1)
    forged = [f"{payload}x.{rest}", f"{payload}.{rest[:-2]}AA", "x", payload]
    assert [client.put(f"/uploads/parts/{one}", data=data).status_code for one in forged] == [404] * 4

    signed_at = int(time.time())
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _self: signed_at + TICKET_SECONDS + 1)
    assert put(client, ticket, data) == 404
    monkeypatch.undo()
    assert put(client, ticket, data) == 200, "the ticket is the permission, no cookie counts"


@pytest.mark.parametrize(
    "part",
    [
        {"number": 1, "sha256": "no"}, {"number": 1, "sha256": "ü" * 44}, {"number": 1, "sha256": "=" * 44},
        {"number": "1", "sha256": digest(b"")}, {"sha256": digest(b"")}, {"number": 1}, "1", None,
    ],
)  # fmt: skip
def test_a_ticket_is_given_for_a_number_and_a_checksum_only(ana: Uploader, part: Any) -> None:
    upload = ana.create(wav(1000))
    assert ana.ask(f"{upload['url']}/parts", {"parts": [part]}).status_code == 400


def test_no_ticket_is_given_for_a_part_that_the_file_has_not(ana: Uploader) -> None:
    upload = ana.create(wav(1000))
    wanted = [{"number": number, "sha256": digest(b"")} for number in (0, 2, -1, 10**9)]
    assert ana.ask(f"{upload['url']}/parts", {"parts": wanted}).json == {"parts": []}
    assert ana.ask(f"{upload['url']}/parts", {"parts": wanted * 26}).status_code == 400


# A full disk ----------------------------------------------------------------------------------------------------------


def test_a_disk_without_room_is_told_at_once_and_keeps_what_is_left_for_the_database(
    ana: Uploader, app: Flask, monkeypatch: pytest.MonkeyPatch, db_session: Session
) -> None:
    data = wav(3 * PART_BYTES)
    upload = ana.create(data)
    parts = cut(data, PART_BYTES)
    ana.send(upload, {1: parts[1], 2: parts[2]})
    tickets = ana.tickets(upload, {3: parts[3]})
    store: LocalStorage = app.extensions["storage"]
    real = shutil.disk_usage(app.config["SETTINGS"].data_dir)
    full = real._replace(free=store.headroom_bytes + 1000)
    monkeypatch.setattr("app.core.storage.local.shutil.disk_usage", lambda _path: full)
    refused = asked(ana, 2000)
    assert refused.status_code == 507
    assert "no room" in refused.json["error"]
    assert put(ana.browser, tickets[0], parts[3]) == 507
    monkeypatch.undo()
    assert put(ana.browser, tickets[0], parts[3]) == 200
    monkeypatch.setattr("app.core.storage.local.shutil.disk_usage", lambda _path: full)
    assert ana.confirm(upload, data).status_code == 507
    monkeypatch.undo()
    assert ana.confirm(upload, data).status_code == 200, "nothing was lost"
    assert len(db_session.scalars(select(Medium)).all()) == 1


# Without script -------------------------------------------------------------------------------------------------------


def plain(browser: Browser, data: bytes, name: str = "song.wav", **fields: str) -> Any:
    body, content_type = encode_multipart_formdata({"file": (name, data), **fields})
    return browser.post("/upload", data=body, content_type=content_type)


def test_a_plain_form_takes_a_file_that_is_larger_than_other_forms_may_be(ana: Uploader, db_session: Session) -> None:
    data = wav(FORM_BYTES + 100_000)
    answer = plain(ana.browser, data, csrf_token=ana.token)
    medium = db_session.scalars(select(Medium)).one()
    assert (answer.status_code, answer.location) == (303, f"/studio/media/{medium.public_id}")
    version = db_session.scalars(select(Version)).one()
    store: LocalStorage = ana.browser.application.extensions["storage"]
    assert store.read_bytes(version.original_key) == data


def test_the_plain_form_too_is_safe_from_forgery_and_from_what_is_too_large(
    ana: Uploader, app: Flask, db_session: Session
) -> None:
    assert plain(ana.browser, wav(1000)).status_code == 400
    assert plain(ana.browser, wav(1000), csrf_token="forged").status_code == 400
    assert plain(ana.browser, b"", csrf_token=ana.token).status_code == 422
    assert plain(ana.browser, b"x", name="", csrf_token=ana.token).status_code == 400
    assert plain(ana.browser, wav(50 * MB), csrf_token=ana.token).status_code == 413
    assert "larger" in plain(ana.browser, wav(50 * MB), csrf_token=ana.token).text
    nothing_is_kept(app, db_session)


def test_strangers_and_listeners_get_nowhere_with_the_plain_form(
    client: Browser, make_person: Callable[..., User], uploader_of: Callable[..., Uploader]
) -> None:
    assert plain(client, wav(1000), csrf_token=client.csrf_token()).status_code == 303
    lee = uploader_of(make_person(role="listener", username="lee"))
    assert plain(lee.browser, wav(1000), csrf_token=lee.token).status_code == 403


def test_a_plain_upload_of_what_is_no_recording_keeps_nothing(
    ana: Uploader, app: Flask, settle: Callable[[], None], db_session: Session
) -> None:
    answer = plain(ana.browser, b"<html>", "song.mp3", csrf_token=ana.token)
    assert answer.status_code == 422
    assert "This is a web page, not a recording." in answer.text
    settle()
    nothing_is_kept(app, db_session)


def test_a_replacement_that_was_on_its_way_goes_with_the_medium(
    ana: Uploader, artist: User, app: Flask, make_medium: Callable[..., Medium], settle: Callable[[], None],
    db_session: Session,
) -> None:  # fmt: skip
    medium = make_medium(artist)
    data = wav(1000)
    ana.send(ana.create(data, replaces=medium.public_id), cut(data, PART_BYTES))
    answer = ana.browser.submit(f"/studio/media/{medium.public_id}/delete", {"confirm": "y"})
    assert answer.status_code == 303
    settle()
    nothing_is_kept(app, db_session)


def test_nobody_replaces_what_is_not_theirs(
    ana: Uploader, make_person: Callable[..., User], make_medium: Callable[..., Medium]
) -> None:
    medium = make_medium(make_person(role="artist"))
    for replaces in (medium.public_id, "nothing"):
        said = {"filename": "a.wav", "size_bytes": 1000, "replaces": replaces}
        assert ana.ask("/uploads", said).status_code == 404
