"""Strikes: one a notice, taken back with it, over after a while; and what as many as one may have lead to."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.accounts.models import Standing, User
from app.core import options
from app.extensions import db
from app.moderation import takedown_links
from app.moderation.errors import MayNotDecide, NotNow
from app.moderation.models import Decision
from app.moderation.services import strikes
from app.moderation.takedown_errors import NoticeNotFound
from app.moderation.takedown_models import RepeatInfringement, TakedownClaim
from tests.functional.moderation.takedowns.conftest import Make, Stage


def standing(stage: Stage) -> Standing:
    stage.session.expire_all()
    return stage.session.scalars(select(User).where(User.id == stage.ada.id)).one().standing_now


def infringements(stage: Stage) -> list[RepeatInfringement]:
    stage.session.expire_all()
    return list(stage.session.scalars(select(RepeatInfringement).order_by(RepeatInfringement.id)))


def three(stage: Stage) -> list[str]:
    return [stage.taken_down(addresses=[stage.another()]) for _ in range(3)]


def withdraw(stage: Stage, reference: str) -> None:
    with stage.app.app_context():
        path = takedown_links.status_path(reference)
    assert stage.client.submit(f"{path}/withdraw").status_code == 303


def test_one_notice_is_one_strike_however_many_things_it_names(stage: Stage, make_medium: Make) -> None:
    more = [make_medium(stage.ada) for _ in range(3)]
    reference = stage.taken_down(addresses=[stage.url, *map(stage.url_of, more)])
    assert stage.states(reference) == ["standing"] * 4
    assert stage.strikes() == [False]


def test_a_strike_stands_while_one_of_the_things_does(stage: Stage, make_medium: Make) -> None:
    other = make_medium(stage.ada)
    reference = stage.send([stage.url, stage.url_of(other)])
    stage.decide(reference)
    desk = stage.browser(stage.mod)
    ids = [str(one) for one in stage.session.scalars(select(TakedownClaim.id).order_by(TakedownClaim.id))]
    end = f"/admin/takedowns/{reference}/end"
    assert desk.submit(end, {"claims": ids[0], "act": "settle"}).status_code == 422, "without reasons"
    assert desk.submit(end, {"claims": ids[0], "act": "restore", "reasons": "x"}).status_code == 422, "no court yet"
    assert desk.submit(end, {"claims": ids[0], "act": "accept", "reasons": "x"}).status_code == 422
    assert desk.submit(end, {"claims": "x", "act": "settle", "reasons": "x"}).status_code == 422
    assert desk.submit(end, {"claims": ids[0], "act": "settle", "reasons": "They agreed."}).status_code == 303
    assert stage.states(reference) == ["settled", "standing"]
    assert stage.strikes() == [False]
    assert stage.hold() is None
    assert desk.submit(end, {"claims": ids[1], "act": "refuse", "reasons": "We erred."}).status_code == 303
    assert stage.strikes() == [True]
    assert "A change" in stage.subjects(stage.ada.email)[-1]


def test_three_strikes_are_proposed_and_confirmed_and_lifted_with_one_of_them(stage: Stage) -> None:
    references = three(stage)
    assert [(one.state, one.strikes) for one in infringements(stage)] == [("proposed", 3)]
    assert standing(stage) is Standing.GOOD
    desk = stage.browser(stage.mod)
    assert "@ada" in desk.get("/admin/takedowns/repeat").text
    path = f"/admin/takedowns/repeat/{infringements(stage)[0].id}"
    assert desk.submit(path, {"act": "suspend", "reasons": ""}).status_code == 422
    assert desk.submit(path, {"act": "suspend", "reasons": "Three times."}).status_code == 303
    assert desk.submit(path, {"act": "suspend", "reasons": "Three times."}).status_code == 409
    assert standing(stage) is Standing.SUSPENDED
    withdraw(stage, references[1])
    assert standing(stage) is Standing.GOOD
    assert [one.state for one in infringements(stage)] == ["lifted"]
    decision = stage.session.scalars(select(Decision)).one()
    assert decision.reversed_at is not None


def test_a_proposal_is_dropped_with_a_strike_and_made_again_with_the_next(stage: Stage) -> None:
    references = three(stage)
    withdraw(stage, references[0])
    assert [one.state for one in infringements(stage)] == ["dropped"]
    stage.taken_down(addresses=[stage.another()])
    assert [one.state for one in infringements(stage)] == ["dropped", "proposed"]
    stage.taken_down(addresses=[stage.another()])
    assert [one.strikes for one in infringements(stage)] == [3, 4]


def test_operators_can_have_it_done_at_once_but_never_to_staff(
    stage: Stage, make_person: Make, make_medium: Make
) -> None:
    with stage.app.app_context():
        options.set_option("takedowns.suspend_automatically", value=True, by=None)
        options.set_option("takedowns.strike_limit", value=1, by=None)
        db.session.commit()
    stage.taken_down()
    assert standing(stage) is Standing.SUSPENDED
    assert stage.session.scalars(select(Decision)).one().automated
    other, admin = make_person(role="moderator", username="other"), make_person(role="admin")
    reference = stage.send([f"http://127.0.0.1/@other/{make_medium(other).slug}"])
    with pytest.raises(MayNotDecide):
        stage.decide(reference)
    stage.mod = admin
    stage.decide(reference)
    assert [one.state for one in infringements(stage)] == ["suspended", "proposed"]


def test_a_strike_is_over_after_its_time_and_a_suspension_after_its_own(stage: Stage) -> None:
    three(stage)
    with stage.app.app_context():
        strikes.confirm_suspension(infringements(stage)[0].id, by=db.session.get_one(User, stage.mod.id), reasons="So.")
        db.session.commit()
        assert strikes.count_strikes(stage.ada.id) == 3
    stage.pass_time(91)
    with stage.app.app_context():
        assert strikes.count_strikes(stage.ada.id) == 0
    assert [one.state for one in infringements(stage)] == ["lifted"]


def test_sparing_ends_a_proposal_and_only_one_that_there_is(stage: Stage, make_person: Make) -> None:
    three(stage)
    found = infringements(stage)[0].id

    def spare(by: User, one: UUID = found) -> Any:
        with stage.app.app_context():
            strikes.spare(one, by=db.session.get_one(User, by.id), reasons="Samples, all of them.")
            db.session.commit()

    with pytest.raises(MayNotDecide):
        spare(make_person())
    with pytest.raises(NoticeNotFound):
        spare(stage.mod, UUID(int=1))
    spare(stage.mod)
    with pytest.raises(NotNow):
        spare(stage.mod)
    assert [one.state for one in infringements(stage)] == ["spared"]
    assert standing(stage) is Standing.GOOD
