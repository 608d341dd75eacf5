"""The studio's forms: details, captions, chapters, pictures, deletion; and that they are the owner's alone."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.pictures import Picture
from app.media.models import Caption, CaptionKind, Chapter, Medium, Version
from app.plays.models import Position
from app.studio.forms import CAPTION_BYTES
from tests.conftest import store_of
from tests.factories import media_files
from tests.functional.media.uploader import Uploader
from tests.harness.browser import Browser

DETAILS = {
    "title": "A title", "slug": "", "description": "", "realm": "music", "genre": "", "tags": "", "language": "",
    "licence": "CC-BY-4.0", "credits": "", "release_date": "",
}  # fmt: skip


@pytest.fixture
def medium(artist: User, make_medium: Callable[..., Medium]) -> Medium:
    return make_medium(artist, "video", files=True, artwork=True, duration_ms=90_000)


@pytest.fixture
def post(ana: Uploader, medium: Medium) -> Callable[..., Any]:
    """``post(action, fields)``: a form of the studio, with its token."""

    def do(action: str, data: dict[str, Any] | None = None, on: Medium | None = None) -> Any:
        said = {"csrf_token": ana.token, **(data or {})}
        return ana.browser.post(f"/studio/media/{(on or medium).public_id}/{action}", data=said)

    return do


# Details --------------------------------------------------------------------------------------------------------------


def test_what_an_artist_says_is_kept_and_shown(
    post: Callable[..., Any], medium: Medium, client: Browser, db_session: Session
) -> None:
    said = {
        **DETAILS, "title": "  Sea\u202e of <b>Stars</b>\n", "slug": "Über Größe & Maß", "genre": "Ambient",
        "tags": "#Sea, sea, STARS,, ", "language": "EN-gb", "credits": "Guitar: Bo: the younger\nAna\n:\n",
        "release_date": "2024-02-29", "description": "**bold**\r\n<script>x</script>\0", "explicit": "y",
        "downloads_allowed": "y",
    }  # fmt: skip
    assert post("details", said).status_code == 303
    db_session.refresh(medium)
    assert (medium.title, medium.slug, medium.genre) == ("Sea of <b>Stars</b>", "uber-grosse-mass", "Ambient")
    assert (medium.tags, medium.language, medium.licence) == (["sea", "stars"], "en-gb", "CC-BY-4.0")
    assert medium.credits == [["Guitar", "Bo: the younger"], ["", "Ana"]]
    assert (str(medium.release_date), medium.explicit, medium.downloads_allowed) == ("2024-02-29", True, True)
    assert medium.description_markdown == "**bold**\n<script>x</script>"
    client.submit("/age")
    page = client.get("/@ana/uber-grosse-mass").text
    assert "Sea of &lt;b&gt;Stars&lt;/b&gt;" in page
    assert "<strong>bold</strong>" in page
    assert "<script>x" not in page
    assert "creativecommons.org/licenses/by/4.0/" in page


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("realm", "nowhere", ""),
        ("licence", "mine", ""),
        ("language", "klingonese", "A language is a short code"),
        ("language", "<b>", "A language is a short code"),
        ("tags", ",".join(f"tag{number}" for number in range(21)), "20 tags are enough."),
        ("credits", "\n".join(f"Role: Name{number}" for number in range(61)), "60 credits are enough."),
        ("title", "", "A title, please."),
        ("title", "a" * 201, ""),
        ("description", "a" * 20_001, ""),
        ("release_date", "yesterday", ""),
        ("slug", "!!!", "An address has letters and digits"),
        ("slug", "tracks", "has this address"),
        ("slug", "other-work", "has this address"),
    ],
)
def test_details_that_cannot_be_kept_are_refused_and_nothing_changes(
    post: Callable[..., Any], artist: User, medium: Medium, make_medium: Callable[..., Medium], db_session: Session,
    field: str, value: str, sentence: str,
) -> None:  # fmt: skip
    make_medium(artist, slug="other-work")
    before = (medium.title, medium.slug, medium.realm_slug)
    answer = post("details", {**DETAILS, "slug": "a-new-one", "realm": "voice", "title": "New", field: value})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert answer.headers["HX-Push-Url"] == "false"
    db_session.refresh(medium)
    assert (medium.title, medium.slug, medium.realm_slug) == before
    assert f"/@ana/{before[1]}" in answer.text, "the page around the form shows what is, not what was asked for"


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("Donaudampfschifffahrtsgesellschaftskapitänskajütenschlüsselloch " * 3, 80),
        ("שָׁלוֹם עולם", "שלום-עולם"),
        ("Чёрный дрозд, 南の風がふく!", "чёрный-дрозд-南の風がふく"),
        ("हिन्दी कविता", "हिन्दी-कविता"),
        ("เพลงรัก", "เพลงรัก"),
        ("أُغْنِيَة", "أغنية"),
        ("Άνοιξη", "ανοιξη"),
        ("ﬁne…Ⅳ", "fine-iv"),
        ("İstanbul", "istanbul"),
    ],
)
def test_addresses_are_readable_in_any_script(
    post: Callable[..., Any], medium: Medium, client: Browser, db_session: Session, asked: str, kept: str | int
) -> None:
    assert post("details", {**DETAILS, "slug": asked[:80]}).status_code == 303
    db_session.refresh(medium)
    if isinstance(kept, int):
        assert len(medium.slug) <= kept
    else:
        assert medium.slug == kept
    assert client.get(f"/@ana/{medium.slug}").status_code == 200


def test_an_old_address_leads_to_the_new_one_for_those_who_may_know_of_it(
    post: Callable[..., Any], artist: User, medium: Medium, client: Browser, make_medium: Callable[..., Medium]
) -> None:
    old = medium.slug
    assert post("details", {**DETAILS, "slug": "renamed"}).status_code == 303
    moved = client.get(f"/@ana/{old}")
    assert (moved.status_code, moved.location) == (301, "/@ana/renamed")
    post("visibility", {"visibility": "private"})
    assert client.get(f"/@ana/{old}").status_code == 404
    again = make_medium(artist)
    assert post("details", {**DETAILS, "slug": old}, again).status_code == 303, "an address that is free again"
    assert client.get(f"/@ana/{old}").status_code == 200


# Captions and chapters ------------------------------------------------------------------------------------------------

VTT = b"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n<v Ana>Hello</v> <img src=x onerror=alert(1)>\n"
SRT = "1\r\n00:00:01,000 --> 00:00:02,000\r\nGrüß Gott\r\n".encode("cp1252")
LRC = b"[00:01.00]First line\n[00:02.00]Second\n"


def caption(data: bytes, **more: str) -> dict[str, Any]:
    return {"language": "en", "label": "", "kind": "captions", "file": (io.BytesIO(data), "c.txt"), **more}


@pytest.mark.parametrize(
    ("data", "text"), [(VTT, "Hello"), (SRT, "Grüß Gott"), (LRC, "First line")], ids=["VTT", "SRT", "LRC"]
)
def test_captions_of_every_kind_become_safe_webvtt(
    post: Callable[..., Any], medium: Medium, client: Browser, db_session: Session, data: bytes, text: str
) -> None:
    assert post("captions", caption(data, language="DE", label="Von\u202e Hand")).status_code == 303
    (kept,) = db_session.scalars(select(Caption))
    assert (kept.language, kept.label, kept.kind, kept.from_file) == ("de", "Von Hand", CaptionKind.CAPTIONS, False)
    key = db_session.get_one(Version, medium.version_id).delivery_key
    served = client.get(f"/media/public/{key}/captions/{kept.id}.vtt")
    assert served.text.startswith("WEBVTT\n")
    assert "00:00:01.000 --> 00:00:02.000" in served.text
    assert text in served.text
    assert "<img" not in served.text
    assert served.mimetype == "text/vtt"


def test_a_caption_of_the_same_language_kind_and_name_is_replaced(
    post: Callable[..., Any], medium: Medium, db_session: Session
) -> None:
    for data, more in ((VTT, {}), (LRC, {}), (LRC, {"kind": "lyrics"}), (LRC, {"language": "de"})):
        assert post("captions", caption(data, **more)).status_code == 303
    kept = db_session.scalars(select(Caption).order_by(Caption.created_at)).all()
    assert [(one.language, one.kind.value) for one in kept] == [
        ("en", "captions"),
        ("en", "lyrics"),
        ("de", "captions"),
    ]
    assert "First line" in kept[0].webvtt
    assert post(f"captions/{kept[0].id}/delete").status_code == 303
    assert post(f"captions/{kept[0].id}/delete").status_code == 303
    assert db_session.scalar(select(func.count()).select_from(Caption)) == 2
    assert medium.public_id


@pytest.mark.parametrize(
    ("data", "more", "sentence"),
    [
        (b"WEBVTT\n\n00:01 --> what\nHello\n", {}, "Line 3"),
        (b"1\n00:00:03,000 --> 00:00:02,000\nBack\n", {}, "Line 2: this cue ends before it starts."),
        (b"Just a text.", {}, "We take WebVTT, SRT and LRC."),
        (b"\x00\x01\x02", {}, "This is not a text file."),
        (b"", {}, ""),
        (VTT + b" " * CAPTION_BYTES, {}, "2 MB at most"),
        (VTT, {"language": "nonsense!"}, "A language is a short code"),
        (VTT, {"language": ""}, "Which language?"),
        (VTT, {"kind": "karaoke"}, ""),
    ],
)
def test_captions_that_cannot_be_read_are_refused_by_their_line(
    post: Callable[..., Any], db_session: Session, data: bytes, more: dict[str, str], sentence: str
) -> None:
    answer = post("captions", caption(data, **more))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert db_session.scalar(select(func.count()).select_from(Caption)) == 0


def test_chapters_are_lines_of_a_time_and_a_title(
    post: Callable[..., Any], client: Browser, medium: Medium, db_session: Session
) -> None:
    assert (
        post("chapters", {"chapters": "0:00 In\r\n\r\n 0:42 – The\u202e <i>bridge</i>\n00:01:29 Out"}).status_code
        == 303
    )
    kept = db_session.scalars(select(Chapter).order_by(Chapter.starts_at_ms)).all()
    assert [(one.starts_at_ms, one.title) for one in kept] == [
        (0, "In"),
        (42_000, "The <i>bridge</i>"),
        (89_000, "Out"),
    ]
    assert "The &lt;i&gt;bridge&lt;/i&gt;" in client.get(f"/@ana/{medium.slug}").text
    assert post("chapters", {"chapters": ""}).status_code == 303
    assert db_session.scalar(select(func.count()).select_from(Chapter)) == 0


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("0:00 In\nlater: Out", "Line 2 should read like"),
        ("0:00 In\n\n0:61 Out", "Line 3 should read like"),
        ("0:00", "Line 1 should read like"),
        ("0:00 In\n1:30 Out", "Line 2 lies after the end."),
        ("0:00 In\n0:00 Again", "Line 2 begins where another chapter does."),
        (
            "\n".join(f"0:{number % 60:02} x" if number < 60 else f"1:{number - 60:02} x" for number in range(61)) * 4,
            "",
        ),
    ],
)
def test_chapter_lines_that_cannot_be_kept_are_named_and_the_old_ones_stay(
    post: Callable[..., Any], db_session: Session, lines: str, sentence: str
) -> None:
    post("chapters", {"chapters": "0:05 Before"})
    answer = post("chapters", {"chapters": lines})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert lines.splitlines()[0] in answer.text, "what was typed is still in the form"
    assert db_session.scalars(select(Chapter.title)).all() == ["Before"]


# The picture ----------------------------------------------------------------------------------------------------------


def test_a_frame_of_the_film_or_a_picture_of_ones_own_becomes_its_artwork(
    post: Callable[..., Any], app: Flask, medium: Medium, db_session: Session, settle: Callable[[], None]
) -> None:
    store = store_of(app)
    version = db_session.get_one(Version, medium.version_id)
    frame = media_files.picture(640, 360, "jpg").read_bytes()
    store.put_bytes(version.storage_prefix + "poster-1.jpg", frame, content_type="image/jpeg")
    prefixes = [db_session.get_one(Picture, medium.artwork_id).storage_prefix]
    own = {"picture": (io.BytesIO(media_files.picture().read_bytes()), "me.png")}
    for said in ({"poster": "poster-1.jpg"}, own):
        assert post("poster", said).status_code == 303
        db_session.expire_all()
        picture = db_session.scalars(select(Picture)).one()
        assert medium.artwork_id == picture.id
        prefixes.append(picture.storage_prefix)
    settle()
    assert [bool(store.list_objects(prefix)) for prefix in prefixes] == [False, False, True]


@pytest.mark.parametrize(
    "said",
    [
        {}, {"poster": "poster-9.jpg"}, {"poster": "../secret.jpg"}, {"poster": "film.mp4"},
        {"picture": (b"<svg onload=x>", "a.svg")}, {"picture": (b"GIF89a", "a.png")},
        {"picture": (bytes(10_000_001), "a.png")},
    ],
    ids=["nothing", "no such frame", "a path", "no picture", "a drawing", "a stub", "too large"],
)  # fmt: skip
def test_what_is_no_picture_does_not_become_one(
    post: Callable[..., Any], medium: Medium, db_session: Session, said: dict[str, Any]
) -> None:
    before = medium.artwork_id
    data = {
        name: (io.BytesIO(value[0]), value[1]) if isinstance(value, tuple) else value for name, value in said.items()
    }
    assert post("poster", data).status_code == 422
    db_session.expire_all()
    assert medium.artwork_id == before
    assert db_session.scalars(select(Picture.id)).all() == [before]


# Deletion -------------------------------------------------------------------------------------------------------------


def test_deleting_needs_a_tick_and_takes_every_object_along(
    post: Callable[..., Any], ana: Uploader, app: Flask, artist: User, medium: Medium, db_session: Session,
    settle: Callable[[], None], make_medium: Callable[..., Medium],
) -> None:  # fmt: skip
    other = make_medium(artist, files=True, artwork=True)
    store = store_of(app)
    kept = {
        one.key for prefix in ("originals/", "media/", "pictures/", "public/") for one in store.list_objects(prefix)
    }
    ana.ask(f"/media/{medium.public_id}/position", {"position_ms": 5000})
    post("captions", caption(VTT))
    post("chapters", {"chapters": "0:00 In"})
    refused = post("delete")
    assert refused.status_code == 422
    assert "Tick the box" in refused.text
    settle()
    assert {
        one.key for prefix in ("originals/", "media/", "pictures/", "public/") for one in store.list_objects(prefix)
    } == kept

    answer = post("delete", {"confirm": "y"})
    assert (answer.status_code, answer.location) == (303, "/studio/media")
    assert "is gone, and every file of it" in ana.browser.get("/studio/media").text
    settle()
    left = [
        one.key for prefix in ("originals/", "media/", "pictures/", "public/") for one in store.list_objects(prefix)
    ]
    others = db_session.get_one(Version, other.version_id)
    picture = db_session.get_one(Picture, other.artwork_id)
    assert all(key.startswith((others.storage_prefix, others.original_key, picture.storage_prefix)) for key in left)
    assert len(left) > 5
    for table in (Caption, Chapter, Position):
        assert db_session.scalar(select(func.count()).select_from(table)) == 0
    assert post("delete", {"confirm": "y"}).status_code == 404


def test_nobody_else_has_a_studio_for_it(
    make_person: Callable[..., User], uploader_of: Callable[..., Uploader], medium: Medium, client: Browser
) -> None:
    bo = uploader_of(make_person(role="artist", username="bo"))
    assert bo.browser.get(f"/studio/media/{medium.public_id}").status_code == 404
    gone = bo.browser.post(f"/studio/media/{medium.public_id}/delete", data={"confirm": "y", "csrf_token": bo.token})
    assert gone.status_code == 404
    assert medium.title not in bo.browser.get("/studio/media").text
    assert client.get("/studio/media").status_code == 303


@pytest.mark.parametrize("action", ["details", "publish", "delete", "chapters", "secret"])
def test_a_form_without_its_token_changes_nothing(ana: Uploader, medium: Medium, action: str) -> None:
    refused = ana.browser.post(f"/studio/media/{medium.public_id}/{action}", data={**DETAILS, "confirm": "y"})
    assert refused.status_code == 400
