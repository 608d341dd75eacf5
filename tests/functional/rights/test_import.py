"""Taking an archive in: a person lives on elsewhere, and nothing that an archive claims is believed."""

from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Role, User
from app.core.clock import now
from app.extensions import db
from app.media.models import Caption, CaptionKind, Chapter, Medium, Version
from app.playlists.models import Set, SetItem
from app.rights import exporting, jobs
from app.rights.importing import Importer
from app.rights.models import Export
from app.social.models import Comment, Post
from tests.conftest import store_of
from tests.factories import media_files
from tests.factories.archives import document, zipped
from tests.factories.media import add_picture
from tests.factories.posts import add_post
from tests.factories.sets import add_set
from tests.harness.kinds import MakeApp, MakeMedium, MakePerson

FAR = timedelta(days=40)


@pytest.fixture
def exported(app: Flask, make_person: MakePerson, make_medium: MakeMedium, db_session: Session, tmp_path: Path) -> Path:
    """The archive of Ana, who has one of everything that comes along."""
    ana = make_person(
        username="ana", role="admin", display_name="Ana أنا", bio_markdown="I *record*.", plays_next=False
    )
    song = make_medium(
        ana, title="Rain", slug="rain", files=True, artwork=True, tags=["rain"], explicit=True,
        published_at=now() - FAR, description_markdown="On *tin*.", credits=[["Guitar", "Bo"]],
    )  # fmt: skip
    data = media_files.sound("mp3").read_bytes()
    version = db_session.get_one(Version, song.version_id)
    version.size_bytes, version.sha256, version.original_name = len(data), sha256(data).hexdigest(), "rain.mp3"
    store_of(app).put_bytes(version.original_key, data, content_type="audio/mpeg")
    picture = add_picture(db_session, store_of(app), files=True)
    ana.avatar_id = picture.id
    db_session.add(Chapter(medium_id=song.id, starts_at_ms=1000, title="Drops"))
    track = "WEBVTT\n\n00:01.000 --> 00:02.000\nRain\n"
    db_session.add(Caption(medium_id=song.id, language="en", label="", kind=CaptionKind.LYRICS, webvtt=track))
    others = make_medium(make_person(), title="Not hers")
    add_set(db_session, ana, [song, others], slug="mix", title="Mix")
    add_post(db_session, ana, "Words of mine", medium_id=song.id)
    db_session.add(Comment(author_id=ana.id, owner_id=ana.id, medium_id=song.id, body="Listen here", at_ms=500))
    db_session.commit()
    with app.app_context():
        exporting.ask_for_export(db.session.get_one(User, ana.id))
        db.session.commit()
        jobs.make_exports()
    key = db_session.scalars(select(Export.storage_key)).one()
    path = tmp_path / "ana.zip"
    path.write_bytes(store_of(app).read_bytes(key))
    return path


def counted(*models: Any) -> list[int]:
    return [len(db.session.scalars(select(model)).all()) for model in models]


def test_a_person_lives_on_in_another_installation_and_twice_is_once(
    exported: Path, make_app: MakeApp, own_database: str
) -> None:
    elsewhere = make_app(database_url=own_database)
    runner = elsewhere.test_cli_runner()
    first = runner.invoke(args=["people", "import", str(exported)])
    assert first.exit_code == 0, first.output
    assert "1 × in sets: works that are not here (yet)" in first.output
    with elsewhere.app_context():
        ana = db.session.scalars(select(User)).one()
        assert (ana.username, ana.display_name, ana.bio_markdown) == ("ana", "Ana أنا", "I *record*.")
        assert (ana.role, ana.plays_next, ana.email_verified_at) == (Role.ARTIST, False, None)
        song = db.session.scalars(select(Medium)).one()
        assert (song.slug, song.title, song.tags, song.explicit) == ("rain", "Rain", ["rain"], True)
        assert song.credits == [["Guitar", "Bo"]]
        assert song.published_at is not None
        assert song.published_at < now() - timedelta(days=39)
        version = db.session.scalars(select(Version)).one()
        assert (
            sha256(store_of(elsewhere).read_bytes(version.original_key)).digest()
            == sha256(media_files.sound("mp3").read_bytes()).digest()
        )
        assert db.session.scalars(select(Chapter.title)).all() == ["Drops"]
        assert "Rain" in db.session.scalars(select(Caption.webvtt)).one()
        assert db.session.scalars(select(SetItem.medium_id)).all() == [song.id]
        assert db.session.scalars(select(Post.medium_id)).all() == [song.id]
        comment = db.session.scalars(select(Comment)).one()
        assert (comment.body, comment.at_ms) == ("Listen here", 500)
        before = counted(User, Medium, Version, Set, SetItem, Post, Comment, Chapter, Caption)
    again = runner.invoke(args=["people", "import", str(exported)])
    assert again.exit_code == 0, again.output
    with elsewhere.app_context():
        assert counted(User, Medium, Version, Set, SetItem, Post, Comment, Chapter, Caption) == before


def test_nobody_brings_power_along_and_the_password_is_set_by_a_mailed_link(app: Flask, tmp_path: Path) -> None:
    path = zipped(tmp_path, document(person={"display_name": "Cleo\0\ud800"}))
    with app.app_context():
        user = Importer(path).run()
        assert (user.role, user.display_name) == (Role.ARTIST, "Cleo")
        assert [token.purpose for token in user_tokens(user)] == ["reset_password"]


def user_tokens(user: User) -> Any:
    from app.accounts.models import MailedToken  # noqa: PLC0415

    return db.session.scalars(select(MailedToken).where(MailedToken.user_id == user.id)).all()


def test_retention_can_be_looked_at_before_it_is_done(app: Flask) -> None:
    runner = app.test_cli_runner()
    assert "Nothing was changed." in runner.invoke(args=["people", "retention", "--dry-run"]).output
    assert "Done." in runner.invoke(args=["people", "retention"]).output


def test_a_text_is_published_by_a_command(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "terms.md"
    file.write_text("Be kind.")
    runner = app.test_cli_runner()
    assert "Version 2 of terms" in runner.invoke(args=["texts", "publish", "terms", str(file)]).output
    assert runner.invoke(args=["texts", "publish", "terms", str(file)]).exit_code == 1
