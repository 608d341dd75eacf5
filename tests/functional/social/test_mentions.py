"""Whom a text mentions, asked of the real tables."""

from collections.abc import Callable

from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.models import Apart, User
from app.core.clock import now
from app.social import words


def test_a_mention_means_the_one_with_exactly_this_name(app: Flask, make_person: Callable[..., User]) -> None:
    ana = make_person(username="Ana_Lima")
    with app.app_context():
        assert words.mentioned_people("@ana_lima, @anaLima @ana_l1ma") == [ana.id]
        assert [str(one).count('href="/@Ana_Lima"') for one in words.shown(["@ANA_LIMA", "@analima"])] == [1, 0]


def test_who_leaves_or_is_apart_is_not_linked_to(
    app: Flask, db_session: Session, make_person: Callable[..., User]
) -> None:
    ana, ben, leaving = make_person(username="ana"), make_person(username="ben"), make_person(username="leaving")
    leaving.deletion_due_at = now()
    db_session.add_all([Apart(person_id=ana.id, other_id=ben.id), Apart(person_id=ben.id, other_id=ana.id)])
    db_session.commit()
    with app.app_context():
        [seen] = words.shown(["@ben @leaving @ana"], viewer_id=ana.id)
        assert "/@ben" not in seen
        assert "/@leaving" not in seen
        assert "/@ana" in seen
        assert words.mentioned_people("@leaving") == []
