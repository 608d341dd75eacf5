"""What comes in is looked at as what is written here; pictures are made anew, and nobody's vote is made up."""

import os
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Flask
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core import tallies
from app.core.clock import now
from app.core.holds import Hold
from app.core.pictures import Picture
from app.extensions import db
from app.media.engine.fingerprints import pdq_of
from app.moderation.services import hash_lists
from app.playlists.models import Set
from app.rights.importing import Importer
from app.social.models import Comment, PollOption, Post, PostPicture
from tests.conftest import store_of
from tests.factories.archives import comment, document, post, source_id, zipped
from tests.functional.moderation.filters import add_rule, hits
from tests.harness.kinds import MakeMedium, MakePerson

PATH = f"pictures/{source_id(7)}.jpg"


def telling_picture() -> bytes:
    """A JPEG that is like no other, with words in it that nobody sees."""
    buffer, exif = BytesIO(), Image.Exif()
    exif[0x010E] = "taken at home"
    noise = Image.frombytes("RGB", (12, 12), os.urandom(432))
    noise.resize((512, 512), Image.Resampling.BICUBIC).save(buffer, "JPEG", exif=exif)
    assert b"taken at home" in buffer.getvalue()
    return buffer.getvalue()


def old_set(**values: object) -> dict[str, object]:
    return {
        "id": source_id(60), "public_id": "set1", "kind": "playlist", "slug": "mix", "title": "Mix", "description": "",
        "visibility": "public", "items": [], **values,
    }  # fmt: skip


def test_pictures_of_posts_and_covers_are_made_anew_without_metadata(
    app: Flask, tmp_path: Path, db_session: Session
) -> None:
    shown = [{"path": PATH, "alt": "A\u202e disc"}, {"path": f"pictures/{source_id(8)}.jpg", "alt": "gone"}]
    broken = f"pictures/{source_id(9)}.jpg"
    said = document(posts=[post(1, pictures=[*shown, {"path": broken, "alt": ""}])], sets=[old_set(artwork=PATH)])
    path = zipped(tmp_path, said, {PATH: telling_picture(), broken: b"\xff\xd8 no picture"})
    with app.app_context():
        importer = Importer(path)
        importer.run()
    assert sum(count for line, count in importer.left_out.items() if line.startswith("in a post:")) == 2
    kept = db_session.scalars(select(PostPicture)).one()
    assert (kept.position, kept.alt) == (0, "A disc")
    cover = db_session.scalars(select(Set.artwork_id)).one()
    for picture in (db_session.get_one(Picture, kept.picture_id), db_session.get_one(Picture, cover)):
        assert picture.widths
        for width in picture.widths:
            data = store_of(app).read_bytes(f"{picture.storage_prefix}{width}.jpg")
            assert b"taken at home" not in data
            assert Image.open(BytesIO(data)).width == width


def test_a_poll_comes_with_its_answers_its_clock_and_the_own_vote_alone(
    app: Flask, tmp_path: Path, db_session: Session
) -> None:
    def vote(number: int, answer: str, at: str) -> dict[str, str]:
        return {"of": f"/@cleo/posts/post{number}", "of_id": source_id(number), "answer": answer, "created_at": at}

    closes: dict[str, Any] = {"poll_closes_at": "2024-03-08T00:00:00+00:00", "answers": ["This", "That"]}
    said = document(
        posts=[post(1, **closes, votes=[5, 9]), post(2, **closes), post(3, answers=["One", "one"])],
        votes=[
            vote(1, "That", "2024-03-02T00:00:00+00:00"), vote(1, "This", "2024-03-03T00:00:00+00:00"),
            vote(2, "That", "2024-04-01T00:00:00+00:00"), vote(2, "Neither", "2024-03-02T00:00:00+00:00"),
        ],
    )  # fmt: skip
    with app.app_context():
        importer = Importer(zipped(tmp_path, said))
        importer.run()
        options = db.session.scalars(select(PollOption).order_by(PollOption.post_id, PollOption.position)).all()
        counted = tallies.exact(one.id for one in options)
        assert [(one.label, counted[one.id].votes) for one in options] == [
            ("This", 0), ("That", 1), ("This", 0), ("That", 0),
        ]  # fmt: skip
    closing = db_session.scalars(select(Post.poll_closes_at).order_by(Post.id)).all()
    assert [at is not None and at < now() for at in closing] == [True, True, False]
    assert importer.left_out["in a post: its poll is none that could be asked here"] == 1
    assert importer.left_out["votes of others in polls: they are theirs, and come with their archives"] == 2


def test_what_a_rule_finds_in_what_comes_is_held_as_ever(
    app: Flask, tmp_path: Path, db_session: Session, make_person: MakePerson, make_medium: MakeMedium
) -> None:
    add_rule(app, "floozle")
    make_medium(make_person(username="other"), slug="open")
    said = document(
        person={"bio": "All floozle"},
        posts=[
            post(1, "A floozle"), post(3, "Clean"),
            post(2, "Which?", answers=["floozle", "none"], poll_closes_at="2024-03-08T00:00:00Z"),
        ],
        comments=[comment(1, "f l o o z l e", under="/@other/open"), comment(2, "Clean", under="/@other/open")],
        sets=[old_set(title="Floozles of floozle")],
    )  # fmt: skip
    with app.app_context():
        importer = Importer(zipped(tmp_path, said))
        importer.run()
    held = db_session.scalars(select(Post.hold).order_by(Post.id)).all()
    assert held == [Hold.HIDDEN, Hold.HIDDEN, None]
    assert db_session.scalars(select(Comment.hold).order_by(Comment.id)).all() == [Hold.HIDDEN, None]
    assert db_session.scalars(select(Set.hold)).all() == [Hold.HIDDEN]
    assert db_session.scalars(select(User.bio_markdown).where(User.username == "cleo")).one() == ""
    assert len(hits(db_session)) == 5
    assert importer.left_out["the profile's words: a moderator has to look at them first"] == 1


def test_a_picture_that_a_list_knows_is_held_with_its_post(app: Flask, tmp_path: Path, db_session: Session) -> None:
    data = telling_picture()
    (tmp_path / "known.jpg").write_bytes(data)
    pdq = pdq_of(tmp_path / "known.jpg")
    assert pdq is not None
    rule = add_rule(app, kind="pictures", entries=1)
    with app.app_context():
        hash_lists.import_hashes(rule.id, [pdq.hex()], by=None)
        db.session.commit()
        said = document(posts=[post(1, pictures=[{"path": PATH, "alt": ""}])])
        Importer(zipped(tmp_path, said, {PATH: data})).run()
    assert db_session.scalars(select(Post.hold)).all() == [Hold.HIDDEN]


def test_limits_of_new_accounts_are_for_what_is_new(app: Flask, tmp_path: Path) -> None:
    links = " ".join(f"https://{number}.example" for number in range(9))
    names = " ".join(f"@someone{number}" for number in range(20))
    with app.app_context():
        said = document(
            posts=[post(1, f"{links} {names}")],
            comments=[comment(number, links, under="/@cleo/posts/post1", post_id=source_id(1)) for number in (1, 2)],
        )
        importer = Importer(zipped(tmp_path, said))
        importer.run()
        assert (importer.made["posts"], importer.made["comments"]) == (1, 2)
