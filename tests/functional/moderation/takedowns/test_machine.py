"""Takedowns as a machine: whatever people do in whatever order, holds, strikes, clocks and the log agree with a model.

The model knows nothing of the table of states: it says in a few lines what ought to be so.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.audit.models import AuditEntry
from app.core.clock import now
from app.core.errors import DomainError
from app.core.holds import Hold
from app.extensions import db
from app.media.models import Medium
from app.moderation import takedown_jobs
from app.moderation.services import strikes, takedown_answers, takedown_decisions, takedown_intake
from app.moderation.services.takedown_answers import Counter
from app.moderation.services.takedown_decisions import Verdict
from app.moderation.takedown_models import TakedownClaim, TakedownNotice, TakedownParty
from app.moderation.takedown_rules import after_business_days
from tests.factories.notices import let_time_pass, send_notice
from tests.functional.moderation.takedowns.conftest import Make

HELD = {"standing", "countered", "in_court"}
COUNTS = {*HELD, "conceded"}
STRIKE_DAYS, COUNTER_DAYS = 90, 30
WORDS = Counter(statement="Mine.", name="A", address="B", signature="A")


@dataclass
class Claim:
    """What ought to be so about one thing of a notice."""

    work: int
    owner: int
    state: str = "waiting"


@dataclass
class Said:
    """What ought to be so about a notice. Times are days since the beginning."""

    reference: str
    claims: list[Claim]
    confirmed: bool
    sent: float
    over: bool = False
    forgotten: bool = False
    struck: dict[int, float] = field(default_factory=dict)
    counter_due: dict[int, float] = field(default_factory=dict)
    court_due: dict[int, float] = field(default_factory=dict)

    def of(self, owner: int, state: str) -> list[Claim]:
        """The claims of somebody in a state."""
        return [claim for claim in self.claims if claim.owner == owner and claim.state == state]


class Takedowns(RuleBasedStateMachine):
    """Two artists with two works each, a moderator, and whoever complains."""

    app: Flask
    session: Session
    make_person: Make
    make_medium: Make

    @initialize()
    def begin(self) -> None:
        """New people and works: examples share the tables, and nothing else."""
        self.artists: list[User] = [self.make_person(role="artist") for _ in range(2)]
        self.works: list[Medium] = [self.make_medium(self.artists[place % 2]) for place in range(4)]
        self.paths = [f"/@{self.artists[place % 2].username}/{work.slug}" for place, work in enumerate(self.works)]
        self.work_ids = [work.id for work in self.works]
        self.artist_ids = [artist.id for artist in self.artists]
        self.mod_id = self.make_person(role="moderator").id
        self.notices: list[Said] = []
        self.deleted: set[int] = set()
        self.day = 0.0
        self.moves = 0
        moment = now()
        self.court_days = (after_business_days(moment, 14) - moment).days

    def pick(self, choice: int) -> Said:
        """One of the notices."""
        return self.notices[choice % len(self.notices)]

    def attempt(self, allowed: bool, act: Callable[[], object]) -> None:  # noqa: FBT001 - what the model says
        """Do it; it succeeds exactly when the model says so, and leaves nothing behind when it does not."""
        with self.app.app_context():
            if allowed:
                act()
                db.session.commit()
            else:
                with pytest.raises(DomainError):
                    act()
                db.session.rollback()

    def move(self, said: Said, claim: Claim, state: str) -> None:
        """Note a step of the model."""
        claim.state = state
        self.moves += 1
        if state == "standing":
            said.struck.setdefault(claim.owner, self.day)

    @rule(works=st.sets(st.integers(0, 3), min_size=1), confirmed=st.sampled_from([True, True, False]))
    def send(self, works: set[int], confirmed: bool) -> None:  # noqa: FBT001 - drawn
        """Somebody complains of works that everyone can see."""
        seen = sorted(work for work in works if work not in self.deleted and not self.holders(work))
        if not seen:
            return
        email = f"{len(self.notices)}-{self.mod_id}@label.example"
        reference = send_notice(self.app, [self.paths[work] for work in seen], email=email, confirmed=confirmed)
        self.notices.append(Said(reference, [Claim(work, work % 2) for work in seen], confirmed, self.day))

    @precondition(lambda self: self.notices)
    @rule(choice=st.integers(0, 20), accepted=st.sets(st.integers(0, 3)))
    def decide(self, choice: int, accepted: set[int]) -> None:
        """The moderator decides about all that waits."""
        said = self.pick(choice)
        waiting = [claim for claim in said.claims if claim.state == "waiting"]
        allowed = bool(waiting) and said.confirmed and not said.over
        ids = self.claim_ids(said)
        verdicts = {ids[claim.work]: Verdict(accept=claim.work in accepted, reasons="So.") for claim in waiting}
        self.attempt(allowed, lambda: takedown_decisions.decide_claims(said.reference, verdicts, by=self.mod()))
        for claim in waiting if allowed else ():
            if claim.work in accepted and claim.work in self.deleted:
                self.move(said, claim, "gone")
            elif claim.work in accepted:
                self.move(said, claim, "standing")
                said.counter_due[claim.owner] = self.day + COUNTER_DAYS
            else:
                self.move(said, claim, "refused")

    @precondition(lambda self: self.notices)
    @rule(choice=st.integers(0, 20), owner=st.integers(0, 1))
    def counter(self, choice: int, owner: int) -> None:
        """Somebody says that what stands was an error."""
        said = self.pick(choice)
        standing = said.of(owner, "standing")
        allowed = bool(standing) and owner in said.counter_due
        self.attempt(allowed, lambda: takedown_answers.counter_notice(said.reference, WORDS, person=self.artist(owner)))
        if allowed:
            for claim in standing:
                self.move(said, claim, "countered")
            del said.counter_due[owner]
            said.court_due[owner] = self.day + self.court_days

    @precondition(lambda self: self.notices)
    @rule(choice=st.integers(0, 20), owner=st.integers(0, 1))
    def sue(self, choice: int, owner: int) -> None:
        """The complainant says that they went to court."""
        said = self.pick(choice)
        countered = said.of(owner, "countered")
        with self.app.app_context():
            party = db.session.scalar(
                select(TakedownParty.id)
                .join(TakedownNotice)
                .where(TakedownNotice.reference == said.reference, TakedownParty.person_id == self.artist_ids[owner])
            )
        self.attempt(
            bool(countered), lambda: takedown_answers.go_to_court(said.reference, party or self.mod_id, court="C 1")
        )
        for claim in countered:
            self.move(said, claim, "in_court")
        said.court_due.pop(owner, None)

    @precondition(lambda self: self.notices)
    @rule(choice=st.integers(0, 20))
    def withdraw(self, choice: int) -> None:
        """The complainant takes it back, at any moment."""
        said = self.pick(choice)
        self.attempt(not said.over, lambda: takedown_intake.withdraw_notice(said.reference))
        for claim in said.claims if not said.over else ():
            if claim.state in {"waiting", *HELD}:
                self.move(said, claim, "withdrawn")
        said.over = True
        said.counter_due.clear()
        said.court_due.clear()

    @precondition(lambda self: self.notices)
    @rule(choice=st.integers(0, 20), work=st.integers(0, 3))
    def agree(self, choice: int, work: int) -> None:
        """Whoever is complained of deletes the work."""
        said = self.pick(choice)
        claim = next((one for one in said.claims if one.work == work), None)
        allowed = claim is not None and claim.state in HELD
        ids = self.claim_ids(said)
        self.attempt(
            allowed,
            lambda: takedown_answers.agree(said.reference, [ids.get(work, self.mod_id)], person=self.artist(work % 2)),
        )
        if claim is not None and allowed:
            self.move(said, claim, "conceded")
            self.deleted.add(work)
            if not said.of(claim.owner, "standing"):
                said.counter_due.pop(claim.owner, None)
            if not said.of(claim.owner, "countered"):
                said.court_due.pop(claim.owner, None)

    @rule(days=st.sampled_from([1, 8, 25, 60]))
    def wait(self, days: int) -> None:
        """Time passes, and the job that obeys clocks runs, twice."""
        self.day += days
        let_time_pass(self.session, days)
        with self.app.app_context():
            takedown_jobs.obey_clocks()
            takedown_jobs.obey_clocks()
        for said in self.notices:
            if not said.confirmed and not said.over and said.sent + 3 <= self.day:
                for claim in said.claims:
                    self.move(said, claim, "lapsed")
                said.over = True
            said.forgotten |= not said.confirmed and said.over and said.sent + 30 < self.day
            said.counter_due = {owner: due for owner, due in said.counter_due.items() if due > self.day}
            for owner in [owner for owner, due in said.court_due.items() if due <= self.day]:
                for claim in said.of(owner, "countered"):
                    self.move(said, claim, "restored")
                del said.court_due[owner]

    @invariant()
    def the_rows_are_as_the_model_says(self) -> None:
        """Every claim is where the model has it: nothing was restored before its clock, nothing stayed after it."""
        for said in getattr(self, "notices", []):
            self.session.expire_all()
            found = self.session.execute(
                select(TakedownClaim.thing_id, TakedownClaim.state)
                .join(TakedownNotice)
                .where(TakedownNotice.reference == said.reference)
            )
            rows = {row[0]: row[1].value for row in found}
            expected = {self.work_ids[claim.work]: claim.state for claim in said.claims}
            assert rows == ({} if said.forgotten else expected)

    @invariant()
    def a_work_is_held_exactly_while_something_stands_against_it(self) -> None:
        """Neither longer nor shorter."""
        for work, work_id in enumerate(getattr(self, "work_ids", [])):
            hold = self.session.execute(select(Medium.hold).where(Medium.id == work_id)).first()
            if work in self.deleted:
                assert hold is None
            else:
                assert hold is not None
                assert hold[0] is (Hold.REMOVED if self.holders(work) else None)

    @invariant()
    def strikes_are_the_notices_that_stand_in_time(self) -> None:
        """One a notice and person, for its days."""
        for owner, artist_id in enumerate(getattr(self, "artist_ids", [])):
            expected = sum(
                said.struck.get(owner, -STRIKE_DAYS) + STRIKE_DAYS > self.day
                and any(claim.owner == owner and claim.state in COUNTS for claim in said.claims)
                for said in self.notices
            )
            with self.app.app_context():
                assert strikes.count_strikes(artist_id) == expected

    @invariant()
    def every_step_is_in_the_log(self) -> None:
        """One entry each."""
        references = [said.reference for said in getattr(self, "notices", [])]
        counted = self.session.scalar(
            select(func.count())
            .select_from(AuditEntry)
            .where(AuditEntry.action.like("takedown\\_claim.%"), AuditEntry.subject_id.in_(references))
        )
        assert counted == getattr(self, "moves", 0)

    def holders(self, work: int) -> list[Claim]:
        """What stands against a work."""
        return [claim for said in self.notices for claim in said.claims if claim.work == work and claim.state in HELD]

    def claim_ids(self, said: Said) -> dict[int, UUID]:
        """The claims' ids by work."""
        self.session.expire_all()
        rows = self.session.execute(
            select(TakedownClaim.thing_id, TakedownClaim.id)
            .join(TakedownNotice)
            .where(TakedownNotice.reference == said.reference)
        )
        return {self.work_ids.index(row[0]): row[1] for row in rows}

    def mod(self) -> User:
        """The moderator, in the present session."""
        return db.session.get_one(User, self.mod_id)

    def artist(self, owner: int) -> User:
        """One of the artists, likewise."""
        return db.session.get_one(User, self.artist_ids[owner])


def test_whatever_happens_in_whatever_order_the_rules_hold(
    app: Flask, db_session: Session, make_person: Make, make_medium: Make
) -> None:
    machine = type(
        "Here", (Takedowns,), {
            "app": app, "session": db_session, "make_person": staticmethod(make_person),
            "make_medium": staticmethod(make_medium),
        },
    )  # fmt: skip
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=6, stateful_step_count=12, deadline=None, derandomize=True, database=None,
            suppress_health_check=list(HealthCheck), phases=[Phase.generate],
        ),
    )  # fmt: skip
