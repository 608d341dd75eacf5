"""Holds: several causes may hold one thing, the strongest counts, and what is lifted leaves everything as it was."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.holds import Hold
from app.extensions import db
from app.media.errors import MediumRemoved
from app.media.queries import get_own
from app.moderation.models import Cause, HoldRecord
from app.moderation.refs import Ref, RefKind, find_thing
from app.moderation.services.holds import lift_hold, put_hold
from tests.factories.comments import add_comment
from tests.factories.posts import add_post
from tests.factories.sets import add_set
from tests.harness.browser import Browser, browser_of

Make = Callable[..., Any]


def hold(app: Flask, ref: Ref, how: Hold = Hold.HIDDEN, cause: Cause = Cause.DECISION) -> UUID:
    with app.app_context():
        record_id = put_hold(ref, how, cause=cause, cause_id=None, by=None).id
        db.session.commit()
        return record_id


def lift(app: Flask, record_id: UUID) -> None:
    with app.app_context():
        lift_hold(db.session.get_one(HoldRecord, record_id), None)
        db.session.commit()


def seen(app: Flask, ref: Ref) -> tuple[Hold | None, bool, bool]:
    with app.app_context():
        thing = find_thing(ref)
        assert thing is not None
        return thing.hold, thing.row.withheld, thing.row.listed


def test_the_strongest_of_several_holds_counts_and_the_last_one_lifted_opens(
    app: Flask, make_person: Make, make_medium: Make, client: Browser
) -> None:
    owner = make_person(role="artist")
    medium = make_medium(owner, listed=True)
    url, ref = f"/@{owner.username}/{medium.slug}", Ref(RefKind.MEDIUM, medium.id)
    first, second = hold(app, ref), hold(app, ref, Hold.REMOVED, Cause.TAKEDOWN)
    assert hold(app, ref) == first, "the same cause twice is one hold"
    assert seen(app, ref) == (Hold.REMOVED, True, False)
    assert client.get(url).status_code == 404
    lift(app, second)
    lift(app, second)
    assert seen(app, ref) == (Hold.HIDDEN, True, False)
    lift(app, first)
    assert seen(app, ref) == (None, False, True)
    assert client.get(url).status_code == 200


def test_the_owner_of_what_was_removed_sees_it_and_changes_nothing(
    app: Flask, make_person: Make, make_medium: Make, login: Make
) -> None:
    owner = make_person(role="artist")
    medium = make_medium(owner, files=True)
    hold(app, Ref(RefKind.MEDIUM, medium.id), Hold.REMOVED)
    with app.app_context(), pytest.raises(MediumRemoved):
        get_own(owner.id, medium.public_id, lock=True)
    mine = login(browser_of(app), owner)
    assert mine.get(f"/@{owner.username}/{medium.slug}").status_code == 200
    assert mine.get(f"/media/{medium.public_id}/download").status_code == 404
    assert mine.submit(f"/studio/media/{medium.public_id}/publish", {}).status_code == 403


@pytest.mark.parametrize("kind", ["set", "post", "person"])
def test_what_is_held_is_found_by_its_owner_alone(
    app: Flask, db_session: Session, make_person: Make, make_medium: Make, client: Browser, kind: str
) -> None:
    owner = make_person(role="artist", display_name="Loud Name", bio_markdown="Words about me.")
    if kind == "set":
        one = add_set(db_session, owner, [make_medium(owner)])
        ref, url = Ref(RefKind.SET, one.id), f"/@{owner.username}/sets/{one.slug}"
    elif kind == "post":
        post = add_post(db_session, owner)
        ref, url = Ref(RefKind.POST, post.id), f"/@{owner.username}/posts/{post.public_id}"
    else:
        ref, url = Ref(RefKind.PERSON, owner.id), f"/@{owner.username}"
    before = client.get(url)
    assert before.status_code == 200
    record_id = hold(app, ref, Hold.REMOVED)
    during = client.get(url)
    if kind == "person":
        assert "Loud Name" not in during.text
        assert "Words about me" not in during.text
    else:
        assert during.status_code == 404
    lift(app, record_id)
    after = client.get(url)
    assert after.status_code == 200
    if kind == "person":
        assert "Loud Name" in after.text
        assert "Words about me" in after.text


def test_a_hidden_comment_keeps_its_place_and_only_its_author_reads_it(
    app: Flask, db_session: Session, make_person: Make, make_medium: Make, client: Browser, login: Make
) -> None:
    author: User = make_person()
    medium = make_medium(make_person(role="artist"))
    comment = add_comment(db_session, author, medium, "Something nasty.", at_ms=0)
    hold(app, Ref(RefKind.COMMENT, comment.id))
    url = f"/media/{medium.public_id}/comments"
    others = client.get(url).text
    assert "Something nasty" not in others
    assert "A comment was hidden by the moderators" in others
    mine = login(browser_of(app), author)
    assert "Something nasty" in mine.get(url).text
    mine.submit(f"/comments/{comment.public_id}/edit", {"body": "Other words"})
    assert "Other words" not in mine.get(url).text
    assert "nasty" not in client.get(f"/media/{medium.public_id}/comments/moments").text
