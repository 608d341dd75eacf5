"""What proves a hit of child safety stays for its time, whoever deletes the medium or leaves."""

import hashlib
import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.audit.models import AuditEntry
from app.core.clock import now
from app.core.storage import Storage
from app.extensions import db
from app.media.models import Medium, Version
from app.media.services import editing, screened
from app.media.upkeep.folders import look_at_folders
from app.moderation.filter_models import FilterHit, HitState
from app.moderation.services import filter_evidence, filter_hits, hash_lists
from app.playlists.models import Set
from app.playlists.services import sets
from app.rights import erasing
from app.social.models import Post
from app.social.services import post_pictures
from app.social.services.post_pictures import SentPicture
from tests.factories.posts import add_post
from tests.factories.sets import add_set
from tests.functional.moderation.filters import add_list, add_rule, hits, picture_like_no_other
from tests.harness.browser import browser_of
from tests.harness.kinds import Login, MakeMedium, MakePerson, Settle

FILE = hashlib.sha256(b"what it is about").hexdigest()
Find = Callable[[str], None]


@pytest.fixture
def storage(app: Flask) -> Storage:
    store: Storage = app.extensions["storage"]
    return store


@pytest.fixture
def medium(make_person: MakePerson, make_medium: MakeMedium) -> Medium:
    return make_medium(make_person(role="artist"), files=True)


@pytest.fixture
def original(db_session: Session, medium: Medium) -> str:
    return db_session.scalars(select(Version.original_key).where(Version.medium_id == medium.id)).one()


@pytest.fixture
def find(app: Flask, medium: Medium) -> Find:
    """``find(category)``: a list of this category knows the medium's file."""

    def look(category: str) -> None:
        rule = add_rule(app, kind="files", entries=1, category=category)
        with app.app_context():
            hash_lists.import_hashes(rule.id, [FILE], by=None)
            db.session.commit()
            one = db.session.get_one(Medium, medium.id)
            screened.screen_words(one, files=[FILE]).settle(one.id)
            db.session.commit()

    return look


def delete(app: Flask, medium: Medium, settle: Settle) -> None:
    with app.app_context():
        editing.delete_medium(db.session.get_one(Medium, medium.id))
        db.session.commit()
    settle()


def let_time_pass(app: Flask, session: Session, settle: Settle) -> None:
    """The evidence of every hit is over, and the chore has been round."""
    session.execute(update(FilterHit).values(kept_until=now() - timedelta(days=1)))
    session.commit()
    with app.app_context():
        while filter_evidence.forget_evidence():
            db.session.commit()
    settle()


def orphans(app: Flask) -> set[str]:
    with app.app_context():
        return {one.key for one in look_at_folders(before=now() + timedelta(days=1))}


@pytest.mark.parametrize("leaves", ["the medium", "the person"])
def test_the_original_outlives_its_medium_and_its_owner_until_its_time_is_over(
    app: Flask, db_session: Session, storage: Storage, medium: Medium, original: str, find: Find, settle: Settle,
    leaves: str,
) -> None:  # fmt: skip
    find("children")
    assert hits(db_session)[0].kept_objects == [original]
    if leaves == "the medium":
        delete(app, medium, settle)
    else:
        db_session.execute(update(User).where(User.id == medium.owner_id).values(deletion_due_at=now()))
        db_session.commit()
        with app.app_context():
            assert erasing.erase_if_due(medium.owner_id)
            db.session.commit()
        settle()
    assert db_session.scalar(select(func.count()).select_from(Version)) == 0
    assert storage.size_bytes(original)
    assert original not in orphans(app), "nobody is told to clear it away"
    assert hits(db_session)[0].finds
    let_time_pass(app, db_session, settle)
    assert storage.size_bytes(original) is None
    assert hits(db_session)[0].kept_objects == []


def test_what_is_found_for_another_reason_goes_with_its_medium(
    app: Flask, storage: Storage, medium: Medium, original: str, find: Find, settle: Settle
) -> None:
    find("spam")
    delete(app, medium, settle)
    assert storage.size_bytes(original) is None


def test_an_original_stays_with_its_medium_or_another_hit_when_the_time_of_one_is_over(
    app: Flask, db_session: Session, storage: Storage, medium: Medium, original: str, find: Find, settle: Settle
) -> None:
    find("children")
    let_time_pass(app, db_session, settle)
    assert storage.size_bytes(original), "its medium is there"
    for days in (-1, 1):
        db_session.add(
            FilterHit(
                reference=f"F-{days}", kind="medium", why="A list", category="children", answer="hold", digest=b"",
                finds=[], state="waiting", kept_until=now() + timedelta(days=days), kept_objects=[original],
            )
        )  # fmt: skip
    db_session.commit()
    delete(app, medium, settle)
    with app.app_context():
        assert filter_evidence.forget_evidence() == 1
        db.session.commit()
    settle()
    assert storage.size_bytes(original), "the other hit's time is not over"


def test_the_evidence_of_a_false_alarm_is_destroyed_after_a_short_time_in_which_it_can_be_held_again(
    app: Flask, db_session: Session, storage: Storage, medium: Medium, find: Find, settle: Settle, login: Login,
    make_person: MakePerson,
) -> None:  # fmt: skip
    find("children")
    (hit,) = hits(db_session)
    (original,) = hit.kept_objects
    page = f"/admin/filters/hits/{hit.reference}"
    first, second = (login(browser_of(app), make_person(role=role)) for role in ("moderator", "admin"))

    def days_left() -> int:
        (hit,) = hits(db_session)
        return round((hit.kept_until - now()) / timedelta(days=1)) if hit.kept_until is not None else 0

    assert days_left() == 365
    assert first.submit(f"{page}/release").status_code == 303
    db_session.refresh(medium)
    assert (medium.withheld, days_left()) == (False, 30)
    assert "the evidence is destroyed on" in second.get(page).text
    assert second.submit(f"{page}/hold").status_code == 303
    db_session.refresh(medium)
    assert (medium.withheld, days_left(), hits(db_session)[0].state) == (True, 365, HitState.WAITING)
    assert "The evidence is kept until" in second.get(page).text
    assert first.submit(f"{page}/hold").status_code == 409, "it is held already"
    assert second.submit(f"{page}/release").status_code == 303
    delete(app, medium, settle)
    assert storage.size_bytes(original), "nobody destroys it before its time"
    let_time_pass(app, db_session, settle)
    assert storage.size_bytes(original) is None
    assert "The evidence is destroyed" in second.get(page).text
    assert second.submit(f"{page}/hold").status_code == 409, "there is nothing left to hold it by"
    said = db_session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("evidence.%"))).all()
    assert sorted(said) == ["evidence.deleted", "evidence.kept", "evidence.shortened", "evidence.shortened"]


def test_letting_through_never_keeps_evidence_for_longer(app: Flask, db_session: Session, find: Find) -> None:
    find("children")
    soon = now() + timedelta(days=3)
    db_session.execute(update(FilterHit).values(kept_until=soon))
    db_session.commit()
    with app.app_context():
        filter_hits.release(db.session.scalars(select(FilterHit)).one(), by=None)
        db.session.commit()
    assert hits(db_session)[0].kept_until == soon


@pytest.mark.parametrize("place", ["post", "set", "medium"])
def test_a_picture_that_a_list_of_child_safety_knows_is_kept_as_evidence_wherever_it_is_shown(
    app: Flask, db_session: Session, storage: Storage, medium: Medium, tmp_path: Path, place: str
) -> None:
    picture = picture_like_no_other(tmp_path)
    add_list(app, picture, category="children")
    one = add_set(db_session, db_session.get_one(User, medium.owner_id), [medium])
    post = add_post(db_session, db_session.get_one(User, medium.owner_id))
    with app.app_context():
        owner = db.session.get_one(User, medium.owner_id)
        if place == "post":
            sent = [SentPicture(1, io.BytesIO(picture.read_bytes()), "")]
            post_pictures.add_pictures(db.session.get_one(Post, post.id), sent, exposed=True)
        elif place == "set":
            sets.set_cover(db.session.get_one(Set, one.id), picture, by=owner)
        else:
            editing.set_artwork(db.session.get_one(Medium, medium.id), picture)
        db.session.commit()
    (hit,) = hits(db_session)
    assert (hit.kind.value, len(hit.kept_objects) > 0) == (place, True)
    assert storage.size_bytes(hit.kept_objects[0])
    db_session.expire_all()
    things: dict[str, Any] = {"post": post, "set": one, "medium": medium}
    assert things[place].withheld
