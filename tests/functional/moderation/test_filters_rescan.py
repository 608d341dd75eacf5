"""What was there before a list knew it: found in batches, held as if it came today, once, however often one looks."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.holds import Hold
from app.core.pictures import Picture
from app.extensions import db
from app.media.engine import fingerprints
from app.media.engine.fingerprints import pdq_of
from app.media.models import Version
from app.moderation import filter_jobs, filter_rescans
from app.moderation.filter_models import FilterHit, FilterRescan, FilterRule, FilterState, TrialState
from app.moderation.services import filter_hits, filter_rules, hash_lists
from tests.conftest import store_of
from tests.factories.media import add_picture
from tests.factories.posts import add_post
from tests.factories.sets import add_set
from tests.functional.moderation.filters import add_rule, hits, picture_like_no_other
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import CountStatements, Login, MakeMedium, MakePerson, Settle


@pytest.fixture
def desk(app: Flask, make_person: MakePerson, login: Login) -> Browser:
    return login(browser_of(app), make_person(role="admin"))


@pytest.fixture
def owner(make_person: MakePerson) -> User:
    return make_person(role="artist", username="owner")


def learn(app: Flask, rule: FilterRule, *hashes: str) -> None:
    with app.app_context():
        hash_lists.import_hashes(rule.id, hashes, by=None)
        db.session.commit()


def ask(app: Flask, rule: FilterRule) -> None:
    with app.app_context():
        filter_rescans.ask(rule.id, by=None)
        db.session.commit()


def look(app: Flask, most: int = 100) -> int:
    """Go on until there is no more; says how many batches that took."""
    with app.app_context():
        return next(number for number in range(most) if not filter_rescans.go_on())


def release(app: Flask, hit: FilterHit) -> None:
    with app.app_context():
        filter_hits.release(db.session.get_one(FilterHit, hit.id), by=None)
        db.session.commit()


def looks(session: Session, rule: FilterRule) -> list[FilterRescan]:
    """The latest first."""
    session.expire_all()
    query = select(FilterRescan).where(FilterRescan.rule_id == rule.id)
    return list(session.scalars(query.order_by(FilterRescan.id.desc())))


def shown_everywhere(app: Flask, session: Session, owner: User, medium: Any, pdq: bytes | None) -> list[Any]:
    """A person, a set, a post and a medium, each with a picture of its own that looks like that."""
    pictures = [add_picture(session, store_of(app), files=True, exposed=True) for _ in range(4)]
    for picture in pictures:
        picture.pdq = pdq
    owner.avatar_id, medium.artwork_id = pictures[0].id, pictures[3].id
    one = add_set(session, owner, [medium], artwork_id=pictures[1].id)
    post = add_post(session, owner, pictures=((pictures[2], ""),))
    session.commit()
    return [owner, one, post, medium]


def files_of(session: Session, media: list[Any]) -> None:
    """Give the files of these media digests: 000… to the first, 111… to the second, and so on."""
    for number, medium in enumerate(media):
        session.get_one(Version, medium.version_id).sha256 = f"{number}" * 64
    session.commit()


def test_a_file_that_was_there_before_a_list_knew_it_is_held_once_and_stays_let_through(
    app: Flask, db_session: Session, owner: User, make_medium: MakeMedium, settle: Settle
) -> None:
    bad, good = make_medium(owner), make_medium(owner)
    files_of(db_session, [bad, good])
    rule = add_rule(app, kind="files", entries=0)
    learn(app, rule, "0" * 64)
    settle()
    db_session.expire_all()
    assert (bad.hold, good.hold) == (Hold.HIDDEN, None)
    (hit,) = hits(db_session)
    (done,) = looks(db_session, rule)
    assert (done.state, done.looked, done.found) == (TrialState.DONE, 2, 1)
    release(app, hit)
    result = app.test_cli_runner().invoke(args=["filters", "rescan", str(rule.id)])
    assert (result.exit_code, result.output) == (0, "2 looked at, 0 found, 0 could not be read.\n")
    db_session.expire_all()
    assert (bad.hold, len(hits(db_session))) == (None, 1)


def test_pictures_are_found_wherever_they_are_shown_and_a_profile_comes_back_when_it_is_let_through(
    app: Flask, db_session: Session, owner: User, make_medium: MakeMedium, settle: Settle, client: Browser
) -> None:
    known = b"\x0f" * 32
    things = shown_everywhere(app, db_session, owner, make_medium(owner), known)
    add_picture(db_session, store_of(app)).pdq = b"\xf0" * 32
    portrait = db_session.get_one(Picture, owner.avatar_id)
    url = portrait.src(320)
    db_session.commit()
    rule = add_rule(app, kind="pictures", entries=0, category="children", action="flag")
    learn(app, rule, known.hex())
    assert client.get(url).status_code == 200
    settle()
    db_session.expire_all()
    assert [thing.hold for thing in things] == [Hold.HIDDEN] * 4
    assert owner.avatar_id is None
    assert client.get(url).status_code == 404
    found = hits(db_session)
    assert {hit.kind.value for hit in found} == {"profile", "set", "post", "medium"}
    assert all(hit.kept_objects for hit in found), "of child safety the evidence is kept"
    ask(app, rule)
    look(app)
    assert len(hits(db_session)) == 4, "a second look finds nothing new"
    release(app, next(hit for hit in found if hit.kind.value == "profile"))
    settle()
    db_session.refresh(owner)
    assert owner.avatar_id == portrait.id
    assert client.get(portrait.src(320)).status_code == 200


def test_what_a_picture_looks_like_is_worked_out_once_and_kept_and_what_cannot_be_read_is_counted(
    app: Flask, db_session: Session, owner: User, make_medium: MakeMedium, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    things = shown_everywhere(app, db_session, owner, make_medium(owner), None)
    source = picture_like_no_other(tmp_path)
    portrait = db_session.get_one(Picture, owner.avatar_id)
    store_of(app).put_file(portrait.plain_key, source, content_type="image/jpeg")
    store_of(app).delete_prefix(db_session.get_one(Picture, things[1].artwork_id).storage_prefix)
    wanted = pdq_of(source)
    assert wanted is not None
    rule = add_rule(app, kind="pictures", entries=0)
    learn(app, rule, wanted.hex())
    monkeypatch.setattr(filter_rescans, "MOST_WORKED_OUT", 2)
    assert look(app) == 2
    (done,) = looks(db_session, rule)
    assert (done.state, done.looked, done.found) == (TrialState.DONE, 4, 1)
    assert done.skipped == 3, "one is not there, two hold nothing that is a picture"
    assert owner.hold is Hold.HIDDEN
    assert portrait.pdq == wanted
    asked = []
    monkeypatch.setattr(fingerprints, "run_python", lambda *arguments, **_how: asked.append(arguments))
    store_of(app).delete_prefix("public/")
    ask(app, rule)
    look(app)
    assert asked == [], "it is known what it looks like, and the others are not there"
    assert looks(db_session, rule)[0].state is TrialState.DONE


def test_a_look_goes_on_where_it_was_cut_off_and_begins_anew_when_the_list_learns_more(
    app: Flask, db_session: Session, owner: User, make_medium: MakeMedium, monkeypatch: pytest.MonkeyPatch
) -> None:
    files_of(db_session, [make_medium(owner) for _ in range(5)])
    rule, real = add_rule(app, kind="files", entries=0), filter_rescans._look_at_files
    learn(app, rule, "a" * 64)
    monkeypatch.setattr(filter_rescans, "BATCH", 2)

    def step() -> tuple[int, int]:
        with app.app_context():
            assert filter_rescans.go_on()
        (one,) = looks(db_session, rule)
        return one.looked, one.found

    def while_looking(do: Any) -> None:
        def look_and(view: Any, after: UUID | None) -> Any:
            monkeypatch.setattr(filter_rescans, "_look_at_files", real)
            batch = real(view, after)
            do()
            return batch

        monkeypatch.setattr(filter_rescans, "_look_at_files", look_and)

    assert step() == (2, 0)
    while_looking(filter_rescans.go_on)  # another worker looks at the same batch, and is quicker
    assert step() == (4, 0), "each batch counts once"
    while_looking(lambda: learn(app, rule, "0" * 64))  # of what is behind us already
    assert step() == (0, 0)
    look(app)
    (done,) = looks(db_session, rule)
    assert (done.state, done.looked, done.found) == (TrialState.DONE, 5, 1)
    ask(app, rule)
    while_looking(lambda: learn(app, rule, "1" * 64))  # of the very batch that one looks at
    look(app)
    assert looks(db_session, rule)[0].found == 1


def test_a_list_looks_when_it_is_turned_on_and_stops_when_it_is_turned_off(
    app: Flask, db_session: Session, desk: Browser, count_statements: CountStatements
) -> None:
    rule = add_rule(app, kind="files", entries=0, state="draft")
    page = f"/admin/filters/{rule.id}"
    learn(app, rule, "0" * 64)
    assert looks(db_session, rule) == [], "a draft finds nothing"
    assert desk.submit(f"{page}/rescans").status_code == 422
    assert "Nobody has looked" in desk.get(page).text
    desk.submit(f"{page}/state", {"state": "live"})
    assert "0 looked at, 0 found so far" in desk.get(page).text
    with app.app_context():
        filter_rules.set_state(rule.id, FilterState.OFF, by=db.session.scalars(select(User)).one())
        db.session.commit()
        filter_jobs.rescan()
    assert looks(db_session, rule)[0].state is TrialState.FAILED
    assert "The rule does nothing any more" in desk.get(page).text
    desk.submit(f"{page}/state", {"state": "live"})
    assert desk.submit(f"{page}/rescans").status_code == 303
    with app.app_context():
        filter_jobs.rescan()
    with count_statements() as statements:
        assert "0 looked at until" in desk.get(page).text
    assert len(statements) <= 8
    wrong = app.test_cli_runner().invoke(args=["filters", "rescan", str(UUID(int=1))])
    assert (wrong.exit_code, "There is no such rule" in wrong.output) == (1, True)
    assert db_session.scalar(select(func.count()).select_from(FilterHit)) == 0
