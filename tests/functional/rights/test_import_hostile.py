"""Archives that mean harm, or are broken: each ends in a sentence, and nothing of anybody else's is touched."""

import stat
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.clock import now
from app.extensions import db
from app.media.models import Medium, Upload, UploadState
from app.media.services import upload_sweeps
from app.plays.models import Position
from app.rights import import_file
from app.rights.importing import ArchiveRefused, Importer
from app.social.models import Comment, Like, Post
from tests.conftest import store_of
from tests.factories import media_files
from tests.factories.archives import comment, document, post, source_id, zipped
from tests.harness.kinds import MakeMedium, MakePerson

DEEP = '{"format": ' + "[" * 100_000


@pytest.mark.parametrize(
    ("said", "entries", "why"),
    [
        ("{", {}, "no JSON"),
        (b"\xff\xfe{", {}, "no JSON"),
        (DEEP, {}, "no JSON"),
        ({}, {}, "export-1.json"),
        ([], {}, "export-1.json"),
        ({**document(), "version": 2}, {}, "export-1.json"),
        (document(posts=[{**post(), "id": "1' OR 1"}]), {}, "export-1.json"),
        (document(), {"../../etc/passwd": b"x"}, "leads out"),
        (document(), {"/etc/passwd": b"x"}, "leads out"),
        (document(), {"C:/x": b"x"}, "leads out"),
        (document(), {"a\\..\\b": b"x"}, "leads out"),
        (document(), {"media/bomb": b"\0" * 3_000_000}, "grows without end"),
        ("[" + "[]," * 2000 + "[]]", {}, "more than can be read"),
    ],
)
def test_an_archive_that_is_none_is_refused_with_a_sentence(
    app: Flask, tmp_path: Path, said: object, entries: dict[str, bytes], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_file, "MOST_LISTS", 110_000 if said is DEEP else 1000)
    path = zipped(tmp_path, said, entries)
    answer = app.test_cli_runner().invoke(args=["people", "import", str(path)])
    assert (answer.exit_code, why in answer.output) == (1, True), answer.output
    assert "Traceback" not in answer.output
    assert isinstance(answer.exception, SystemExit)


def test_a_document_that_is_too_large_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_file, "MOST_JSON_BYTES", 100)
    with pytest.raises(ArchiveRefused, match="too large"):
        Importer(zipped(tmp_path, document()))


def spoil(path: Path, how: Callable[[zipfile.ZipFile], None]) -> Path:
    with zipfile.ZipFile(path, "a") as archive:
        how(archive)
    return path


def link(archive: zipfile.ZipFile) -> None:
    entry = zipfile.ZipInfo("pictures/x.jpg")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive.writestr(entry, "/etc/passwd")


def twice(archive: zipfile.ZipFile) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("soundstage.json", "{}")


def nul(archive: zipfile.ZipFile) -> None:
    archive.writestr("media/aXb", "x")


@pytest.mark.parametrize(("how", "why"), [(link, "no file"), (twice, "two of one name"), (nul, "leads out")])
def test_links_double_names_and_names_with_nul_are_refused(
    tmp_path: Path, how: Callable[[zipfile.ZipFile], None], why: str
) -> None:
    path = spoil(zipped(tmp_path, document()), how)
    path.write_bytes(path.read_bytes().replace(b"media/aXb", b"media/a\0b"))
    with pytest.raises(ArchiveRefused, match=why):
        Importer(path)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 cut off", b"x" * 100])
def test_a_file_that_is_no_zip_is_refused(app: Flask, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    answer = app.test_cli_runner().invoke(args=["people", "import", str(path)])
    assert answer.exit_code == 1
    assert "no ZIP file" in answer.output


def test_a_document_whose_bytes_are_damaged_or_locked_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path, document())
    with zipfile.ZipFile(path) as archive:
        at = archive.getinfo("soundstage.json").header_offset + 30 + len("soundstage.json") + 20
    data = bytearray(path.read_bytes())
    for place in range(at, at + 60):
        data[place] ^= 0xFF
    path.write_bytes(data)
    with zipfile.ZipFile(path) as archive, pytest.raises((zlib.error, zipfile.BadZipFile)):
        archive.read("soundstage.json")
    with pytest.raises(ArchiveRefused, match="damaged"):
        Importer(path)


def work(number: int, name: str, size_bytes: int, **values: Any) -> dict[str, Any]:
    """A medium of a document."""
    return {
        "id": source_id(50 + number), "public_id": f"work{number}", "kind": "audio", "realm": "music",
        "slug": f"work-{number}", "title": f"Work {number}\x1b[31m", "description": "", "tags": [],
        "visibility": "public", "created_at": "2024-01-01T00:00:00+00:00", "artwork": None, "chapters": [],
        "captions": [], "published_at": "2024-01-01T00:00:00+00:00",
        "file": {"path": f"media/work{number}/{name}", "name": name, "size_bytes": size_bytes}, **values,
    }  # fmt: skip


TOLD = """
1 × a post: A post has 5000 characters at most.
1 × a post: nothing of it could be kept.
1 × a post: one of its times is none.
1 × a text track of “Work 4 [31m”: A language is a short code such as en, de or pt-BR.
1 × comments: Write something first.
1 × comments: what they are of is not here (yet)
1 × follows: one of its times is none.
2 × follows: they are of people who are not here (yet)
1 × in a post: a picture is not in the archive, or too large
1 × in a post: its poll is none that could be asked here
1 × the display name: it is none that one may have here
1 × work “Work 1·[31m”: its file is not in the archive.
1 × work “Work 2·[31m”: its file is not as large as it should be.
1 × work “Work 3·[31m”: This is a web page, not a recording.
1 × work “Work 5·[31m”: one of its times is none.
1 × work “Work 6·[31m”: its file is not the one that was exported.
""".strip().splitlines()


def test_what_cannot_be_kept_is_told_of_and_the_rest_comes(app: Flask, tmp_path: Path, db_session: Session) -> None:
    data = media_files.sound("mp3").read_bytes()
    media = [
        work(1, "gone.mp3", 5), work(2, "short.mp3", len(data) + 1), work(3, "words.mp3", 5000),
        work(4, "ok.mp3", len(data), licence="none", language="'; --", tags=["a"] * 99, credits=[["x" * 999, "y"]],
             former_slugs=["before", "sets"], release_date="never", available_until="2999-01-01T00:00:00Z",
             chapters=[{"starts_at_ms": 2**40, "title": "x"}, *[{"starts_at_ms": 1, "title": "y"}] * 2],
             captions=[{"language": "?", "label": "", "kind": "lyrics", "webvtt": "WEBVTT", "from_file": False}]),
        work(5, "ok.mp3", len(data), published_at="yesterday"),
        work(6, "ok.mp3", len(data), file={**work(5, "ok.mp3", len(data))["file"], "sha256": "0" * 64}),
    ]  # fmt: skip
    posts = [
        post(1, "x" * 6000), post(2, created_at="never"), post(3, "", pictures=[{"path": None, "alt": ""}]),
        post(4, "To come", created_at="2999-01-01T00:00:00+00:00", answers=["one"]),
        post(5, "\\u0000 is what I typed"), post(5, "the same once more"),
    ]  # fmt: skip
    said = document(
        media=media, posts=posts,
        person={"links": ["javascript:alert(1)", "https://a.example", "http://[x"], "display_name": "Admin ✓"},
        comments=[
            comment(1, under="/@cleo/work-4", at_ms=2**40), comment(2, under=None),
            comment(3, " ", under="/@cleo/work-4"),
        ],
        history=[{"of": "/@cleo/work-4", "title": "", "position_ms": 10**30, "finished": False,
                  "played_at": "2024-01-01T00:00:00"}],
        follows=[{"username": name, "rings": True, "created_at": "x"} for name in ("cleo", "\0", "nobody")],
    )  # fmt: skip
    entries = {
        "media/work2/short.mp3": data, "media/work3/words.mp3": b"<html>" * 833 + b"ok",
        "media/work4/ok.mp3": data, "media/work5/ok.mp3": data,
    }  # fmt: skip
    answer = app.test_cli_runner().invoke(args=["people", "import", str(zipped(tmp_path, said, entries))])
    assert answer.exit_code == 0, answer.output
    assert "\x1b" not in answer.output
    told = [line.removeprefix("Left out: ") for line in answer.output.splitlines() if line.startswith("Left out: ")]
    assert told == TOLD
    assert db_session.scalars(select(Position.position_ms)).all() == [2**31 - 1]
    user = db_session.scalars(select(User).where(User.username == "cleo")).one()
    assert (user.links, user.display_name) == (["https://a.example"], "cleo")
    medium = db_session.scalars(select(Medium)).one()
    assert (medium.slug, medium.licence, medium.language, len(medium.tags)) == ("work-4", "all-rights-reserved", "", 1)
    assert {row.body_markdown for row in db_session.scalars(select(Post))} == {"To come", "\\u0000 is what I typed"}
    assert max(row.created_at for row in db_session.scalars(select(Post))) <= now()
    said_here = db_session.scalars(select(Comment)).one()
    assert (said_here.body, said_here.at_ms) == ("Said of old", None)
    states = sorted(db_session.scalars(select(Upload.state)))
    assert states == [UploadState.ABORTED] * 3 + [UploadState.CONFIRMED]  # what came to nothing is given up, and freed


def test_nobodys_account_is_taken_over_and_nobodys_ids_are_believed(
    app: Flask, make_person: MakePerson, make_medium: MakeMedium, tmp_path: Path
) -> None:
    other = make_person(username="other", email="cleo@example.org")
    with app.app_context(), pytest.raises(ArchiveRefused, match="address"):
        Importer(zipped(tmp_path, document())).run()
    hidden = make_medium(other, slug="secret", visibility="private")
    shut = make_medium(other, slug="shut", comments_policy="closed")
    open_one = make_medium(other, slug="open")
    ids = [str(one.id) for one in (hidden, shut, open_one)]
    said = document(
        "dora",
        posts=[post(1, medium_id=ids[0], work="/@other/secret"), post(2, medium_id=ids[0])],
        comments=[
            comment(1, medium_id=ids[0], under="/@other/secret"), comment(2, medium_id=ids[1], under="/@other/shut"),
            comment(3, medium_id=ids[2], under=None), comment(4, medium_id=ids[2], under="/@other/open"),
        ],
        likes=[
            {"of": of, "of_id": ids[0], "of_a_comment": False, "created_at": "2024-01-01T00:00:00Z"}
            for of in ("/@other/secret", "/@dora/secret", "//evil", "/@other/../x", "/@other/posts/x/y", None)
        ],
    )  # fmt: skip
    with app.app_context():
        importer = Importer(zipped(tmp_path, said))
        importer.run()
        assert db.session.scalars(select(Like)).all() == []
        assert db.session.scalars(select(Comment.medium_id)).all() == [open_one.id]
        assert db.session.scalars(select(Post.medium_id)).all() == [None, None]
        assert importer.left_out["comments: Comments are closed here."] == 1


def test_an_import_that_was_killed_goes_on_and_leaves_nothing_behind(
    app: Flask, tmp_path: Path, db_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = media_files.sound("mp3").read_bytes()
    said = document(media=[work(1, "ok.mp3", len(data))], posts=[post(1), post(2)])
    path = zipped(tmp_path, said, {"media/work1/ok.mp3": data})

    def killed(*_arguments: object, **_more: object) -> None:
        raise SystemExit

    for place in ("app.rights.import_works._describe", "app.rights.import_words._pictures"):
        with app.app_context(), monkeypatch.context() as patch:
            patch.setattr(place, killed)
            importer = Importer(path)
            with pytest.raises(SystemExit):
                importer.run()
            db.session.rollback()
    with app.app_context():
        assert Importer(path).run().username == "cleo"
    assert len(db_session.scalars(select(Post)).all()) == 2
    medium = db_session.scalars(select(Medium)).one()
    uploads = {upload.state: upload for upload in db_session.scalars(select(Upload))}
    assert uploads[UploadState.CONFIRMED].medium_id == medium.id
    left = uploads[UploadState.OPEN]  # of the process that was killed: its row lets it be found when its time is over
    left.expires_at = now()
    db_session.commit()
    with app.app_context():
        assert upload_sweeps.sweep_expired() == 1
        upload_sweeps.free_upload(left.storage_key, left.multipart_id)
        assert store_of(app).size_bytes(left.storage_key) is None


def test_who_was_renamed_here_since_is_still_who_came_by_the_archive(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        user = Importer(zipped(tmp_path, document(posts=[post(1)]))).run()
        user.username, user.username_key = "mira", "mira"
        db.session.commit()
        again = Importer(zipped(tmp_path, document(posts=[post(1)])))
        assert again.run().id == user.id
        assert set(again.made) == {"there already"}
        user.email, user.email_key = "m@example.org", "m@example.org"
        db.session.commit()
        other = Importer(zipped(tmp_path, document(posts=[post(1)]))).run()
        assert other.id != user.id  # neither name nor address: it may be anybody


def test_what_was_deleted_here_since_stays_deleted(app: Flask, tmp_path: Path, db_session: Session) -> None:
    path = zipped(tmp_path, document(posts=[post(1)]))
    with app.app_context():
        Importer(path).run()
        db.session.delete(db.session.scalars(select(Post)).one())
        db.session.commit()
        Importer(path).run()
    assert db_session.scalars(select(Post)).all() == []
