"""What filters find is held before anybody sees it, told to whom it concerns, and let through by a moderator."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.clock import now
from app.core.holds import Hold
from app.extensions import db
from app.media.models import Medium
from app.messaging.models import Message
from app.moderation import filter_queries
from app.moderation.case_states import CaseState
from app.moderation.filter_errors import HitDecided
from app.moderation.filter_models import FilterHit, HitState
from app.moderation.models import Case, DecisionAction, Report
from app.moderation.refs import Ref, RefKind
from app.moderation.services import cases, filter_hits, reports
from app.moderation.services.filter_hits import LEAST_URGENT
from app.playlists.models import Set
from app.social.models import Comment, Post
from tests.functional.messaging.talk import begin
from tests.functional.moderation.filters import add_rule, hits, rule_now
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import Login, MakeMedium, MakePerson, Settle


@pytest.fixture
def artist(make_person: MakePerson) -> User:
    return make_person(username="artist", role="artist")


@pytest.fixture
def fan(make_person: MakePerson) -> User:
    return make_person(username="fan")


@pytest.fixture
def medium(artist: User, make_medium: MakeMedium) -> Medium:
    return make_medium(artist, slug="song", title="Song", duration_ms=180_000)


@pytest.fixture
def at(app: Flask, fan: User, login: Login) -> Browser:
    return login(browser_of(app), fan)


@pytest.fixture
def studio(app: Flask, artist: User, login: Login) -> Browser:
    return login(browser_of(app), artist)


def say(browser: Browser, medium: Medium, body: str) -> None:
    answer = browser.submit(f"/media/{medium.public_id}/comments", {"body": body})
    assert answer.status_code == 303, answer.text


def let_through(app: Flask, hit: FilterHit, by: User | None = None) -> None:
    with app.app_context():
        filter_hits.release(db.session.get_one(FilterHit, hit.id), by=db.session.get(User, by.id) if by else None)
        db.session.commit()


def test_a_comment_with_a_watched_word_waits_with_a_reference_until_it_is_let_through(
    app: Flask, db_session: Session, at: Browser, medium: Medium, client: Browser, make_person: MakePerson
) -> None:
    rule = add_rule(app, "viagra")
    say(at, medium, "Buy V1аgrа now")
    (hit,) = hits(db_session)
    found = db_session.scalars(select(Comment)).one()
    assert (found.hold, hit.subject_id, hit.state) == (Hold.HIDDEN, found.id, HitState.WAITING)
    assert hit.finds[0]["term"] == "viagra"
    assert "Buy V1аgrа now"[hit.finds[0]["begin"] : hit.finds[0]["end"]] == "V1аgrа"
    page = at.get(f"/media/{medium.public_id}/comments").text
    assert f"This waits for a look. Reference {hit.reference}." in page
    assert "V1аgrа" in page
    assert "V1аgrа" not in client.get(f"/media/{medium.public_id}/comments").text
    case = db_session.scalars(select(Case)).one()
    assert (case.thing_id, case.rule_slug) == (found.id, None)
    assert hit.reference in db_session.scalars(select(Report.note)).one()
    let_through(app, hit, make_person(role="moderator"))
    assert "V1аgrа" in client.get(f"/media/{medium.public_id}/comments").text
    assert (rule_now(db_session, rule).hits, rule_now(db_session, rule).released) == (1, 1)
    with app.app_context(), pytest.raises(HitDecided):
        filter_hits.uphold(db.session.get_one(FilterHit, hit.id), by=None)


def test_what_was_let_through_once_is_not_held_again_but_other_words_are(
    app: Flask, db_session: Session, studio: Browser
) -> None:
    add_rule(app, "viagra")
    studio.submit("/posts", {"body": "viagra"})
    (first,) = hits(db_session)
    let_through(app, first)
    post = db_session.scalars(select(Post)).one()
    edit = f"/posts/{post.public_id}/edit"
    studio.submit(edit, {"body": "fine", "policy": "open"})
    studio.submit(edit, {"body": "viagra", "policy": "open"})
    assert len(hits(db_session)) == 1
    studio.submit(edit, {"body": "more viagra", "policy": "open"})
    assert [one.state for one in hits(db_session)] == [HitState.RELEASED, HitState.WAITING]
    db_session.refresh(post)
    assert post.withheld
    assert "Reference" in studio.get(f"/@artist/posts/{post.public_id}").text


@pytest.mark.parametrize(
    ("action", "state", "held", "told"),
    [
        ("flag", HitState.NOTED, None, ""),
        ("hold", HitState.WAITING, Hold.HIDDEN, "This waits for a look."),
        ("hide", HitState.NOTED, Hold.HIDDEN, "stays so unless a moderator decides otherwise"),
    ],
)
def test_a_rule_does_what_it_says(
    app: Flask, db_session: Session, at: Browser, medium: Medium, action: str, state: HitState, held: Hold | None,
    told: str,
) -> None:  # fmt: skip
    add_rule(app, "evil.org", kind="links", action=action, category="hate")
    say(at, medium, "see https://www.evil.org/x")
    assert (hits(db_session)[0].state, db_session.scalars(select(Comment.hold)).one()) == (state, held)
    case = db_session.scalars(select(Case)).one()
    assert (case.rule_slug, case.severity == LEAST_URGENT) == ("hate", action == "hide")
    page = at.get(f"/media/{medium.public_id}/comments").text
    assert told in page
    assert ("Reference" in page) is bool(held)
    with app.app_context():
        assert bool(filter_queries.count_waiting()) is (action == "hold"), "what a rule has hidden waits for nobody"


def test_what_a_rule_has_hidden_is_one_hit_however_often_it_is_sent_and_can_be_let_through(
    app: Flask, db_session: Session, studio: Browser
) -> None:
    add_rule(app, "viagra", action="hide")
    studio.submit("/posts", {"body": "viagra"})
    post = db_session.scalars(select(Post)).one()
    url = f"/@artist/posts/{post.public_id}"
    for _ in range(2):
        studio.submit(f"/posts/{post.public_id}/edit", {"body": "viagra", "policy": "open"})
    (hit,) = hits(db_session)
    assert browser_of(app).get(url).status_code == 404
    let_through(app, hit)
    assert browser_of(app).get(url).status_code == 200


def test_child_safety_waits_for_somebody_even_where_the_rule_hides(
    app: Flask, db_session: Session, at: Browser, medium: Medium
) -> None:
    add_rule(app, "forbidden", action="hide", category="children")
    say(at, medium, "forbidden")
    assert hits(db_session)[0].state is HitState.WAITING
    assert db_session.scalars(select(Case.severity)).one() > LEAST_URGENT


def test_a_rule_on_trial_only_counts_and_one_for_other_kinds_or_people_finds_nothing(
    app: Flask, db_session: Session, at: Browser, fan: User, medium: Medium
) -> None:
    on_trial = add_rule(app, "viagra", state="trial")
    for_posts = add_rule(app, "viagra", applies_to=["post"])
    for_new = add_rule(app, "viagra", whom="new")
    db_session.get_one(User, fan.id).created_at = now() - timedelta(days=30)
    db_session.commit()
    say(at, medium, "viagra")
    assert hits(db_session) == []
    found = [rule_now(db_session, one) for one in (on_trial, for_posts, for_new)]
    assert [(one.hits, one.trial_hits) for one in found] == [(0, 1), (0, 0), (0, 0)]


def test_words_of_media_sets_profiles_names_and_links_are_looked_at(
    app: Flask, db_session: Session, studio: Browser, artist: User, medium: Medium
) -> None:
    add_rule(app, "viagra")
    studio.submit(f"/studio/media/{medium.public_id}/chapters", {"chapters": "0:00 Viagra"})
    studio.submit("/sets/new", {"title": "Viagra", "kind": "playlist", "visibility": "public"})
    studio.submit("/settings/profile", {"display_name": "Viagra"})
    studio.submit("/settings/account/username", {"username": "viagra"})
    studio.submit(f"/studio/media/{medium.public_id}/links", {"recipient": "Viagra fan"})
    assert [one.kind.value for one in hits(db_session)] == ["medium", "set", "profile", "username", "link"]
    db_session.refresh(medium)
    assert (medium.hold, medium.withheld, medium.listed) == (Hold.HIDDEN, True, False)
    assert db_session.scalars(select(Set.hold)).one() is Hold.HIDDEN
    person = db_session.get_one(User, artist.id)
    assert (person.display_name, person.username, person.hold) == ("Artist", "artist", None)
    assert "Reference" in studio.get(f"/studio/media/{medium.public_id}").text


def test_a_profile_that_was_stopped_is_saved_once_it_was_let_through(
    app: Flask, db_session: Session, studio: Browser, artist: User
) -> None:
    add_rule(app, "viagra")
    answer = studio.submit("/settings/profile", {"display_name": "Viagra"})
    (hit,) = hits(db_session)
    assert answer.status_code == 422
    assert f"This was not saved: it needs a look first. Its reference is {hit.reference}." in answer.text
    assert studio.submit("/settings/profile", {"display_name": "Viagra"}).status_code == 422
    assert len(hits(db_session)) == 1, "the same version waits once"
    let_through(app, hit)
    assert studio.submit("/settings/profile", {"display_name": "Viagra"}).status_code == 303
    db_session.expire_all()
    assert db_session.get_one(User, artist.id).display_name == "Viagra"


def test_a_message_to_a_stranger_waits_and_arrives_when_it_is_let_through(
    app: Flask, db_session: Session, at: Browser, studio: Browser
) -> None:
    add_rule(app, "viagra")
    url = begin(at, "artist", "viagra for you")
    (hit,) = hits(db_session)
    assert f"Reference {hit.reference}" in at.get(url).text
    assert studio.get(url).status_code == 404
    assert "viagra" not in studio.get("/messages/requests").text
    let_through(app, hit)
    assert "viagra for you" in studio.get(url).text
    assert not db_session.scalars(select(Message.held)).one()


def test_a_sign_up_with_a_watched_name_is_refused_with_a_reference(
    app: Flask, db_session: Session, client: Browser
) -> None:
    add_rule(app, "*viagra*", name="Names")
    form = {"username": "v1agra_shop", "email": "a@example.org", "password": "violets under the stairs"}
    answer = client.submit("/signup", form)
    assert answer.status_code == 422
    assert hits(db_session)[0].reference in answer.text
    assert db_session.scalars(select(User)).all() == []


@pytest.mark.parametrize("action", ["dismiss", "remove"])
def test_what_moderators_decide_of_its_case_decides_about_a_hit(
    app: Flask,
    db_session: Session,
    at: Browser,
    medium: Medium,
    make_person: MakePerson,
    settle: Settle,
    action: str,
) -> None:
    rule, dismissed = add_rule(app, "viagra"), action == "dismiss"
    say(at, medium, "viagra")
    moderator_id = make_person(role="moderator").id
    with app.app_context():
        case, by = db.session.scalars(select(Case)).one(), db.session.get_one(User, moderator_id)
        cases.claim_case(case, by)
        if dismissed:
            cases.dismiss_case(case, by, "It is a quotation.")
        else:
            cases.decide_case(case, by, cases.Verdict(on_thing=DecisionAction.REMOVE, reasons="An advertisement."))
        db.session.commit()
    settle()
    hit, said = hits(db_session)[0], db_session.scalars(select(Comment)).one()
    expected = (HitState.RELEASED, None) if dismissed else (HitState.UPHELD, Hold.REMOVED)
    assert (hit.state, said.hold) == expected
    now_of = rule_now(db_session, rule)
    assert (now_of.released, now_of.upheld, hit.decided_by_id) == (int(dismissed), int(not dismissed), moderator_id)


@pytest.mark.parametrize("also", ["nothing", "a report", "another's claim", "an escalation"])
def test_letting_a_hit_through_settles_the_case_that_is_about_nothing_else(
    app: Flask, db_session: Session, at: Browser, medium: Medium, make_person: MakePerson, settle: Settle, also: str
) -> None:
    add_rule(app, "viagra")
    say(at, medium, "viagra")
    moderator, other, reader = make_person(role="moderator"), make_person(role="moderator"), make_person()
    with app.app_context():
        case, another = db.session.scalars(select(Case)).one(), db.session.get_one(User, other.id)
        if also == "a report":
            reporter = db.session.get_one(User, reader.id)
            reports.file_report(Ref(RefKind.COMMENT, case.thing_id), reason="rules", rule="spam", reporter=reporter)
        elif also != "nothing":
            cases.claim_case(case, another)
            if also == "an escalation":
                cases.escalate_case(case, another, "Is it?")
        db.session.commit()
    let_through(app, hits(db_session)[0], moderator)
    settle()
    case = db_session.scalars(select(Case)).one()
    left = {"a report": CaseState.OPEN, "another's claim": CaseState.CLAIMED, "an escalation": CaseState.ESCALATED}
    assert case.state is left.get(also, CaseState.DISMISSED)
    assert case.closed_by_id == (moderator.id if also == "nothing" else None)
    assert (hits(db_session)[0].state, db_session.scalars(select(Comment)).one().hold) == (HitState.RELEASED, None)
