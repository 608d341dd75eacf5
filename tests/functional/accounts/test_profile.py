"""Profiles: words, links, pictures; playback settings; opening a channel."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session as DatabaseSession
from sqlalchemy.orm import joinedload

from app.accounts.models import Role, User
from app.core.pictures import Picture
from tests.harness.browser import Browser
from tests.harness.kinds import Login, MakePerson, Settle

WORDS = {"display_name": "Nawal K.", "bio": "", "location": "", "links": "", "realm": ""}


@pytest.fixture
def person(make_person: MakePerson) -> User:
    return make_person(role="artist")


@pytest.fixture
def browser(client: Browser, person: User, login: Login) -> Browser:
    return login(client, person)


def picture_file(colour: str = "#c0402a", size: tuple[int, int] = (900, 700), fmt: str = "JPEG", **how: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, fmt, **how)
    return buffer.getvalue()


def huge_png(side: int) -> bytes:
    """A black picture of ``side`` by ``side`` in a few hundred kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    row = b"\0" * (side * 3 + 1)
    rows = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def send_picture(browser: Browser, which: str, data: bytes, name: str = "me.jpg") -> Any:
    return browser.submit("/settings/profile", {**WORDS, which: (io.BytesIO(data), name)})


def portrait(db_session: DatabaseSession, person: User, which: str = "avatar") -> Picture | None:
    query = select(User).where(User.id == person.id).options(joinedload(User.avatar), joinedload(User.cover))
    fresh = db_session.scalars(query.execution_options(populate_existing=True)).one()
    found: Picture | None = getattr(fresh, which)
    return found


def test_a_profile_says_what_its_owner_wrote(browser: Browser, person: User) -> None:
    data = {
        "display_name": "Nawal K.", "bio": "I *record* [rain](https://rain.example).", "location": "Beirut",
        "links": "https://nawal.example\n\n http://www.other.example/me/ ", "realm": "voice",
    }  # fmt: skip
    assert browser.submit("/settings/profile", data).status_code == 303
    page = browser.get(f"/@{person.username}").text
    assert "Nawal K." in page
    assert "<em>record</em>" in page
    assert "Beirut" in page
    assert "other.example/me" in page
    assert 'rel="' in page


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"display_name": ""}, "A name, please."),
        ({"display_name": "x" * 81}, "80"),
        ({"links": "javascript:alert(1)"}, "is no web address"),
        ({"links": "nawal.example"}, "is no web address"),
        ({"links": "https://"}, "is no web address"),
        ({"links": "http://["}, "is no web address"),
        ({"links": "\n".join(f"https://{n}.example" for n in range(9))}, "Eight links"),
        ({"bio": "x" * 5001}, "5000"),
        ({"realm": "garage"}, "valid choice"),
    ],
)
def test_what_cannot_stand_in_a_profile_is_told(browser: Browser, changes: dict[str, str], sentence: str) -> None:
    answer = browser.submit("/settings/profile", {**WORDS, **changes})
    assert answer.status_code == 422
    assert sentence in answer.text


@pytest.mark.parametrize("which", ["avatar", "cover"])
def test_a_picture_is_made_anew_in_several_widths(
    app: Flask, browser: Browser, person: User, db_session: DatabaseSession, which: str
) -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at my home"
    exif[0x0132] = "2026:01:01 00:00:00"
    original = picture_file(exif=exif)
    assert b"taken at my home" in original
    assert send_picture(browser, which, original).status_code == 303
    picture = portrait(db_session, person, which)
    assert picture is not None
    for width in picture.widths:
        for suffix, fmt in (("jpg", "JPEG"), ("webp", "WEBP")):
            answer = browser.get(f"/pictures/{picture.key}/{width}.{suffix}")
            assert answer.status_code == 200
            assert b"taken at my home" not in answer.data
            with Image.open(io.BytesIO(answer.data)) as made:
                assert (made.format, made.width) == (fmt, width)
                assert not made.getexif()
    assert f"/pictures/{picture.key}/" in browser.get(f"/@{person.username}").text
    assert app.extensions["storage"].list_objects("public/")


def test_replacing_a_picture_deletes_its_files(
    app: Flask, browser: Browser, person: User, db_session: DatabaseSession, settle: Settle
) -> None:
    send_picture(browser, "avatar", picture_file())
    first = portrait(db_session, person)
    assert first is not None
    send_picture(browser, "avatar", picture_file("#2a40c0", fmt="PNG"), "me.png")
    second = portrait(db_session, person)
    assert second is not None
    assert second.key != first.key
    settle()
    store = app.extensions["storage"]
    assert store.list_objects(f"public/{first.key}/") == []
    assert len(store.list_objects(f"public/{second.key}/")) == 2 * len(second.widths)
    assert browser.get(f"/pictures/{first.key}/{first.widths[0]}.jpg").status_code == 404
    assert db_session.scalar(select(func.count()).select_from(Picture)) == 1


def test_taking_a_picture_away_deletes_its_files(
    app: Flask, browser: Browser, person: User, db_session: DatabaseSession, settle: Settle
) -> None:
    send_picture(browser, "cover", picture_file())
    assert browser.submit("/settings/profile/cover/delete").status_code == 303
    settle()
    assert portrait(db_session, person, "cover") is None
    assert app.extensions["storage"].list_objects("public/") == []
    assert browser.submit("/settings/profile/cover/delete").status_code == 303


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"no picture at all", "me.jpg"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "me.svg"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 200, "me.jpg"),
        (b"ffconcat version 1.0\nfile '/etc/passwd'\n", "me.png"),
    ],
    ids=["text", "svg", "broken jpeg", "a list of other files"],
)
def test_what_is_no_picture_is_refused_in_words_and_changes_nothing(
    app: Flask, browser: Browser, person: User, db_session: DatabaseSession, data: bytes, name: str
) -> None:
    send_picture(browser, "avatar", picture_file())
    before = portrait(db_session, person)
    assert before is not None
    answer = send_picture(browser, "avatar", data, name)
    assert answer.status_code == 422
    assert 'id="avatar-errors"' in answer.text
    kept = portrait(db_session, person)
    assert kept is not None
    assert kept.key == before.key
    assert len(app.extensions["storage"].list_objects("public/")) == 2 * len(before.widths)


def test_a_picture_of_256_million_pixels_is_refused_before_it_is_unpacked(
    browser: Browser, person: User, db_session: DatabaseSession
) -> None:
    bomb = huge_png(16_000)
    assert len(bomb) < 1_000_000
    answer = send_picture(browser, "avatar", bomb, "bomb.png")
    assert answer.status_code == 422
    assert 'id="avatar-errors"' in answer.text
    assert portrait(db_session, person) is None


def test_a_picture_of_more_than_10_megabytes_is_refused(browser: Browser) -> None:
    answer = send_picture(browser, "avatar", b"\xff\xd8\xff" + b"\0" * (10 * 1024 * 1024))
    assert answer.status_code == 422
    assert "10 MB at most" in answer.text


def test_no_scratch_file_is_left_behind(browser: Browser) -> None:
    before = set(Path("/tmp").glob("portrait-*"))  # noqa: S108 - where they would lie
    send_picture(browser, "avatar", b"no picture")
    assert set(Path("/tmp").glob("portrait-*")) <= before  # noqa: S108


def test_a_listener_opens_a_channel_and_may_upload(
    client: Browser, make_person: MakePerson, login: Login, db_session: DatabaseSession
) -> None:
    listener = make_person()
    login(client, listener)
    assert 'type="file"' not in client.get("/upload").text
    assert client.submit("/settings/account/channel").location == "/upload"
    db_session.refresh(listener)
    assert listener.role is Role.ARTIST
    assert client.get("/upload").status_code == 200


def test_opening_a_channel_takes_nothing_from_those_who_may_more(
    client: Browser, make_person: MakePerson, login: Login, db_session: DatabaseSession
) -> None:
    admin = make_person(role="admin")
    login(client, admin).submit("/settings/account/channel")
    db_session.refresh(admin)
    assert admin.role is Role.ADMIN


def test_how_things_play_is_kept(browser: Browser, person: User, db_session: DatabaseSession) -> None:
    assert browser.submit("/settings/playback", {"level_loudness": "y"}).status_code == 303
    db_session.refresh(person)
    assert (person.remembers_history, person.levels_loudness, person.plays_next) == (False, True, False)
    fields = browser.get("/settings/playback").text.split("<input")
    assert len([field for field in fields if " checked" in field and " name=" in field]) == 1


def test_a_form_changes_what_it_shows_and_nothing_else(
    browser: Browser, person: User, db_session: DatabaseSession
) -> None:
    before = person.password_digest
    more = {
        "role": "admin", "username": "root", "email": "evil@example.org", "standing": "good", "id": "1",
        "has_factor": "", "password_digest": "x", "email_verified_at": "2020-01-01", "is_staff": "1",
    }  # fmt: skip
    assert browser.submit("/settings/profile", {**WORDS, **more}).status_code == 303
    db_session.refresh(person)
    assert person.display_name == "Nawal K."
    assert (person.role, person.password_digest) == (Role.ARTIST, before)
    assert not {person.username, person.email} & set(more.values())
