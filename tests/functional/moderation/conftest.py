"""Who is in the tests of moderation, and how they act: services in a context of their own, committed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from app.accounts.models import User
from app.extensions import db
from app.moderation.models import Case, Decision, DecisionAction, Report
from app.moderation.refs import Ref, RefKind
from app.moderation.services import cases, decisions, reports

Make = Callable[..., Any]


@dataclass
class House:
    """A house with its people. Each act runs in a context of its own and commits, as a request does."""

    app: Flask
    artist: User
    fan: User
    moderator: User
    other: User
    admin: User

    def act(self, do: Callable[..., Any], *people: User, **values: Any) -> Any:
        """``do`` with these people as this session has them; returns what it returned, readable afterwards."""
        with self.app.app_context():
            done = do(*(db.session.get_one(User, person.id) for person in people), **values)
            db.session.commit()
            if isinstance(done, db.Model):
                db.session.refresh(done)
            return done

    def report(self, ref: Ref, by: User | None = None, **values: Any) -> Report:
        """A report of a thing."""
        said = {"reason": "rules", "rule": "hate", "note": "Look at this.", **values}
        with self.app.app_context():
            reporter = db.session.get_one(User, by.id) if by is not None else None
            report = reports.file_report(ref, reporter=reporter, **said)
            db.session.commit()
            db.session.refresh(report)
            return report

    def case(self, ref: Ref) -> Case:
        """The latest case of a thing, as it is now."""
        with self.app.app_context():
            query = db.select(Case).where(Case.kind == ref.kind, Case.thing_id == ref.id)
            return db.session.scalars(query.order_by(Case.id.desc())).first()  # type: ignore[return-value]

    def claim(self, ref: Ref, by: User) -> Case:
        """The case in somebody's hands."""
        case_id = self.case(ref).public_id
        self.act(lambda person: cases.claim_case(cases.get_case(case_id, lock=True), person), by)
        return self.case(ref)

    def decide(self, ref: Ref, action: str, by: User | None = None, **values: Any) -> Decision:
        """A decision without a case."""
        by = by or self.moderator

        def do(person: User) -> Decision:
            said = {"rule": "hate", "reasons": "So.", **values}
            return decisions.decide(ref, DecisionAction(action), by=person, **said)

        decided: Decision = self.act(do, by)
        return decided

    def reverse(self, decision: Decision, by: User | None = None) -> None:
        """Take it back."""
        self.act(
            lambda person: decisions.reverse_decision(db.session.get_one(Decision, decision.id), person, "No."),
            by or self.moderator,
        )

    def person(self, person: User) -> User:
        """Somebody as they are now."""
        with self.app.app_context():
            return db.session.get_one(User, person.id)


@pytest.fixture
def house(app: Flask, make_person: Make) -> House:
    """An artist, a fan, two moderators and an admin."""
    return House(
        app,
        make_person(role="artist", username="artist", display_name="The Artist"),
        make_person(username="fan"),
        make_person(role="moderator", username="moderator"),
        make_person(role="moderator", username="other_mod"),
        make_person(role="admin", username="admin"),
    )


def ref_of(thing: Any, kind: str = "medium") -> Ref:
    """The ref of a row."""
    return Ref(RefKind(kind), thing.id)
