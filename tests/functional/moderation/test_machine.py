"""Cases and appeals as hypothesis plays them over the real services: what must hold holds after each step."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, select, update

from app.core.audit.models import AuditEntry
from app.core.clock import now
from app.core.errors import DomainError
from app.core.holds import Hold
from app.extensions import db
from app.moderation.case_states import IN_HAND, UNSETTLED, AppealState, CaseState
from app.moderation.models import Appeal, Case, Decision, DecisionAction
from app.moderation.refs import find_thing
from app.moderation.services import appeals, cases
from app.moderation.services.cases import Verdict
from tests.functional.moderation.conftest import House, ref_of

STAFF = st.sampled_from(["moderator", "other", "admin"])
ACTIONS = st.sampled_from(["hide", "remove", "restrict"])


class Desk(RuleBasedStateMachine):
    """Two moderators, an admin, a reporter and an artist, over one thing."""

    house: House
    make_medium: Callable[..., Any]

    def __init__(self) -> None:
        super().__init__()
        self.ref = ref_of(self.make_medium(self.house.artist))

    def try_(self, do: Callable[..., Any], *people: Any) -> None:
        """An act that may be refused, by a sentence and without a trace."""
        with suppress(DomainError):
            self.house.act(do, *people)

    def on_case(self, do: Callable[[Case, Any], Any], by: str) -> None:
        """An act on the latest case."""
        public_id = self.house.case(self.ref).public_id
        self.try_(lambda person: do(cases.get_case(public_id, lock=True), person), getattr(self.house, by))

    def has_case(self) -> bool:
        """Whether anything was reported."""
        return self.house.case(self.ref) is not None

    def has_decision(self) -> bool:
        """Whether anything was decided."""
        with self.house.app.app_context():
            return db.session.scalar(select(Decision.id).where(Decision.thing_id == self.ref.id).limit(1)) is not None

    @rule(by=st.sampled_from(["fan", "moderator"]))
    def report(self, by: str) -> None:
        """Somebody reports it; of staff, nobody of those decides it."""
        self.house.report(self.ref, getattr(self.house, by))

    @precondition(has_case)
    @rule(by=STAFF)
    def claim(self, by: str) -> None:
        """Somebody takes it up."""
        self.on_case(cases.claim_case, by)

    @precondition(has_case)
    @rule()
    def let_the_lease_run_out(self) -> None:
        """Time goes by."""
        over = update(Case).where(Case.state.in_(IN_HAND)).values(claimed_until=now() - timedelta(seconds=1))
        self.house.act(lambda: db.session.execute(over) and None)

    @precondition(has_case)
    @rule(by=STAFF, how=st.sampled_from(["release", "escalate", "dismiss"]))
    def let_go(self, by: str, how: str) -> None:
        """Without a decision about the thing."""
        acts = {
            "release": cases.release_case,
            "escalate": lambda case, person: cases.escalate_case(case, person, "Why."),
            "dismiss": lambda case, person: cases.dismiss_case(case, person, "Why.") and None,
        }
        self.on_case(acts[how], by)

    @precondition(has_case)
    @rule(by=STAFF, action=ACTIONS)
    def decide(self, by: str, action: str) -> None:
        """Take it up, and settle it."""
        verdict = Verdict(on_thing=DecisionAction(action), reasons="Why.")
        self.on_case(cases.claim_case, by)
        self.on_case(lambda case, person: cases.decide_case(case, person, verdict) and None, by)

    @precondition(has_decision)
    @rule(by=st.sampled_from(["artist", "fan"]))
    def appeal(self, by: str) -> None:
        """Against the latest decision."""
        latest = select(Decision).where(Decision.thing_id == self.ref.id).order_by(Decision.id.desc()).limit(1)
        self.try_(
            lambda person: appeals.file_appeal(db.session.scalars(latest).one(), person, "Why?") and None,
            getattr(self.house, by),
        )

    @precondition(has_decision)
    @rule(by=STAFF, grant=st.booleans())
    def answer(self, by: str, *, grant: bool) -> None:
        """Whatever waits."""

        def do(person: Any) -> None:
            mine = select(Decision.id).where(Decision.thing_id == self.ref.id)
            waiting = select(Appeal).where(Appeal.state == AppealState.WAITING, Appeal.decision_id.in_(mine))
            for found in db.session.scalars(waiting).all():
                appeals.answer_appeal(found, person, grant=grant, answer="Because.")

        self.try_(do, getattr(self.house, by))

    @precondition(has_decision)
    @rule(by=STAFF)
    def reverse(self, by: str) -> None:
        """The latest decision."""
        with self.house.app.app_context():
            latest = select(Decision).where(Decision.thing_id == self.ref.id).order_by(Decision.id.desc()).limit(1)
            decision = db.session.scalars(latest).one()
        with suppress(DomainError):
            self.house.reverse(decision, getattr(self.house, by))

    @invariant()
    def everything_holds(self) -> None:
        """What a stranger could check by looking at the rows."""
        with self.house.app.app_context():
            found = db.session.scalars(select(Decision).where(Decision.thing_id == self.ref.id)).all()
            thing = find_thing(self.ref)
            assert thing is not None
            stands = {one.action for one in found if one.reversed_at is None}
            removed, hidden = DecisionAction.REMOVE in stands, DecisionAction.HIDE in stands
            assert thing.hold == (Hold.REMOVED if removed else Hold.HIDDEN if hidden else None)
            assert thing.age_restricted == (DecisionAction.RESTRICT in stands)
            self.check_cases(found)

    def check_cases(self, found: Any) -> None:
        """One open case, in somebody's hands or in nobody's; an entry a decision; nobody answers for themselves."""
        mine = db.session.scalars(select(Case).where(Case.thing_id == self.ref.id)).all()
        assert sum(one.state in UNSETTLED for one in mine) <= 1
        assert all((one.state in IN_HAND) == (one.claimed_by_id is not None) for one in mine)
        for one in mine:
            own = [decision for decision in found if decision.case_id == one.id]
            assert (one.state is CaseState.REVERSED) == bool(own and all(each.reversed_at for each in own))
        written = select(func.count()).select_from(AuditEntry).where(
            AuditEntry.subject_kind == "decision", AuditEntry.action == "decision.made",
            AuditEntry.subject_id.in_([str(one.id) for one in found]),
        )  # fmt: skip
        about = [one for one in found if one.action is not DecisionAction.DISMISS]
        assert db.session.scalar(written) == len(about)
        assert all(one.reasons and one.by_id != one.person_id for one in found)
        answered = select(Appeal, Decision).join(Decision).where(Appeal.state != AppealState.WAITING)
        for appeal, decision in db.session.execute(answered.where(Decision.thing_id == self.ref.id)):
            assert appeal.answer
            assert appeal.answered_by_id != decision.by_id or decision.reversed_by_id == appeal.answered_by_id


def test_cases_and_appeals_keep_their_word(house: House, make_medium: Callable[..., Any]) -> None:
    """Few steps of few runs: what one run does is not what the others did."""

    class Played(Desk):
        """Over this test's database."""

    Played.house, Played.make_medium = house, staticmethod(make_medium)
    quick = settings(
        max_examples=5, stateful_step_count=10, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    run_state_machine_as_test(Played, settings=quick)
