"""Pictures of posts: made anew, without metadata; refused with a sentence; nothing is left of what was refused."""

import struct
import zlib

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.clock import now
from app.core.pictures import Picture
from app.rights.jobs import delete_people_due
from app.social.models import Post, PostPicture
from app.social.services import posts as posting
from tests.functional.social.post_sending import files_of, picture_file, send
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import Login, MakePerson, Settle


@pytest.fixture
def browser(client: Browser, make_person: MakePerson, login: Login) -> Browser:
    return login(client, make_person(username="ana", role="artist"))


def huge_png(side: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(b"\0" * (side * 3 + 1)) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_four_pictures_in_their_order_for_everyone_and_without_metadata(
    browser: Browser, app: Flask, db_session: Session
) -> None:
    exif = Image.Exif()
    exif[0x010E] = "my address at home"
    sent = [picture_file("JPEG", exif=exif), picture_file("PNG"), picture_file("WEBP"), picture_file("JPEG", (30, 90))]
    answer = send(browser, *sent, alt_1="A red wall", alt_3="The\u202e same <wall>")
    assert answer.status_code == 303, answer.text
    rows = db_session.execute(
        select(PostPicture.position, PostPicture.alt, Picture).join(Picture).order_by(PostPicture.position)
    ).all()
    assert [(position, alt) for position, alt, _ in rows] == [
        (0, "A red wall"),
        (1, ""),
        (2, "The same <wall>"),
        (3, ""),
    ]
    page = browser_of(app).get(answer.location).text
    assert 'alt="A red wall"' in page
    assert 'alt="The same &lt;wall&gt;"' in page
    for _, _, picture in rows:
        assert picture.src() in page
        got = browser_of(app).get(picture.src())
        assert got.status_code == 200
        assert b"my address" not in got.data
    assert (rows[3][2].width, rows[3][2].height) == (30, 90)


def test_a_post_may_be_a_picture_alone(browser: Browser, db_session: Session) -> None:
    assert send(browser, picture_file(), body="").status_code == 303
    assert db_session.scalars(select(Post.body_markdown)).all() == [""]


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (b"GIF89a nothing of the kind", "We take JPEG, PNG and WebP"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "We take JPEG, PNG and WebP"),
        (picture_file("JPEG", (400, 400))[:700], "damaged"),
        (huge_png(8000), "60 million"),
        (picture_file() + b"\0" * (10 << 20), "10 MB"),
        (b"", "We take JPEG, PNG and WebP"),
    ],
    ids=["gif", "svg", "cut off", "many pixels", "many bytes", "empty"],
)
def test_a_picture_that_cannot_be_taken_is_refused_and_nothing_of_the_post_is_kept(
    browser: Browser, app: Flask, db_session: Session, bad: bytes, sentence: str
) -> None:
    answer = send(browser, picture_file(), bad, body="With a second one")
    assert answer.status_code == 422
    assert sentence in answer.text
    assert files_of(app) == []
    for table in (Post, Picture, PostPicture):
        assert db_session.scalar(select(func.count()).select_from(table)) == 0


def test_no_file_stays_behind_when_the_transaction_fails(
    browser: Browser, app: Flask, db_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_event: object) -> None:
        assert files_of(app), "the pictures were there"
        raise RuntimeError("the power went out")

    monkeypatch.setattr(posting, "publish", fail)
    assert send(browser, picture_file()).status_code == 500
    assert files_of(app) == []
    assert db_session.scalar(select(func.count()).select_from(Picture)) == 0


def test_a_form_sent_twice_keeps_its_pictures_once(browser: Browser, app: Flask) -> None:
    send(browser, picture_file(), sending="the form's")
    once = files_of(app)
    send(browser, picture_file(), sending="the form's")
    assert files_of(app) == once != []


def test_pictures_go_with_a_person_who_goes_for_good(
    browser: Browser, app: Flask, db_session: Session, settle: Settle
) -> None:
    send(browser, picture_file(), answer_1="a", answer_2="b")
    assert files_of(app)
    db_session.scalars(select(User)).one().deletion_due_at = now()
    db_session.commit()
    with app.app_context():
        delete_people_due()
    settle()
    assert files_of(app) == []
    assert db_session.scalar(select(func.count()).select_from(Picture)) == 0
