"""Pictures of what is held, banned or for adults: out of the open at once, asked about, back when that was wrong."""

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.clock import now
from app.core.holds import Hold
from app.core.pictures import Picture
from app.core.storage import Storage
from app.extensions import db
from app.media import jobs
from app.media.models import Medium, Visibility
from app.media.services import publishing
from app.media.upkeep import picture_places
from app.moderation.models import Case, Cause, Decision, DecisionAction, HoldRecord
from app.moderation.refs import Ref, RefKind
from app.moderation.services import decisions, holds, reports
from app.rights.jobs import delete_people_due
from app.social.models import PostPicture
from config import Settings
from tests.factories.media import add_picture
from tests.factories.posts import add_post
from tests.factories.sets import add_set
from tests.functional.media.conftest import BUCKET
from tests.functional.moderation.filters import add_rule
from tests.functional.social.post_sending import picture_file, send
from tests.harness import work
from tests.harness.browser import Browser, browser_of
from tests.harness.cdn import CdnStandIn
from tests.harness.kinds import Login, MakeApp, MakeMedium, MakePerson

PUBLIC = "public/"
S3_TOO = pytest.mark.parametrize("place", ["local", "s3"], indirect=True)


@pytest.fixture
def place(request: pytest.FixtureRequest) -> str:
    return str(getattr(request, "param", "local"))


@pytest.fixture
def settings(place: str, request: pytest.FixtureRequest, settings: Settings) -> Settings:
    if place == "local":
        return settings
    request.getfixturevalue("bucket")
    return dataclasses.replace(settings, s3_bucket=BUCKET, s3_endpoint_url=request.getfixturevalue("s3_endpoint"))


@pytest.fixture
def store(app: Flask) -> Storage:
    storage: Storage = app.extensions["storage"]
    return storage


class Show:
    """A person who shows pictures in every place where there are some, and what stands in the open of them."""

    def __init__(self, app: Flask, session: Session, store: Storage, owner: User, medium: Medium) -> None:
        self.app, self.session, self.store, self.owner = app, session, store, owner
        portrait, cover, posted, art = (add_picture(session, store, files=True, exposed=True) for _ in range(4))
        owner.avatar_id, medium.artwork_id = portrait.id, art.id
        one = add_set(session, owner, [medium], artwork_id=cover.id)
        post = add_post(session, owner, pictures=((posted, "A red wall"),))
        self.things = {
            Ref(RefKind.PERSON, owner.id): portrait.id, Ref(RefKind.SET, one.id): cover.id,
            Ref(RefKind.POST, post.id): posted.id, Ref(RefKind.MEDIUM, medium.id): art.id,
        }  # fmt: skip
        session.commit()

    def ref(self, kind: RefKind) -> Ref:
        return next(ref for ref in self.things if ref.kind is kind)

    def urls(self) -> dict[RefKind, str]:
        """Where each picture is to be had now."""
        self.session.expire_all()
        return {ref.kind: self.session.get_one(Picture, one).src(320) for ref, one in self.things.items()}

    def lies_open(self) -> set[RefKind]:
        """What anyone is handed, by what lies in the open."""
        there = {one.key.split("/")[1] for one in self.store.list_objects(PUBLIC)}
        return {kind for kind, url in self.urls().items() if url.split("/")[2] in there}

    def act(self, do: Callable[..., Any], *arguments: Any, **said: Any) -> Any:
        with self.app.app_context():
            done = do(*arguments, **said)
            db.session.commit()
            return done.id if isinstance(done, HoldRecord | Decision) else done

    def hold(self, how: Hold = Hold.HIDDEN) -> list[UUID]:
        return [self.act(holds.put_hold, ref, how, cause=Cause.DECISION, cause_id=None, by=None) for ref in self.things]

    def lift(self, record_id: UUID) -> None:
        self.act(lambda: holds.lift_hold(db.session.get_one(HoldRecord, record_id), None))

    def decide(self, kind: RefKind, action: str, by: User, **values: Any) -> UUID:
        def do() -> Decision:
            person = db.session.get_one(User, by.id)
            return decisions.decide(self.ref(kind), DecisionAction(action), by=person, reasons="So.", **values)

        decided: UUID = self.act(do)
        return decided

    def reverse(self, decision_id: UUID, by: User) -> None:
        def do() -> None:
            decision = db.session.get_one(Decision, decision_id)
            decisions.reverse_decision(decision, db.session.get_one(User, by.id), "No.")

        self.act(do)


@pytest.fixture
def show(app: Flask, db_session: Session, store: Storage, make_person: MakePerson, make_medium: MakeMedium) -> Show:
    owner = make_person(role="artist")
    return Show(app, db_session, store, owner, make_medium(owner))


def statuses(browser: Browser, urls: dict[RefKind, str]) -> set[int]:
    return {browser.get(url).status_code for url in urls.values()}


@S3_TOO
def test_pictures_of_what_is_held_leave_the_open_and_come_back_when_it_is_not(
    app: Flask, show: Show, store: Storage, client: Browser, login: Login, make_person: MakePerson, place: str
) -> None:
    old, there = show.urls(), 200 if place == "local" else 302
    assert statuses(client, old) == {there}
    records = show.hold()
    assert statuses(client, old) == {404}, "the gate says no before any file has moved"
    if place == "local":
        work.relay(app)
        assert store.list_objects(PUBLIC) == [], "where nginx asks nobody the spine moves them by itself"
    work.settle(app)
    assert store.list_objects(PUBLIC) == []
    now_at = show.urls()
    assert statuses(client, old) == {404}
    assert not set(old.values()) & set(now_at.values()), "the old addresses are known to those who saw them"
    assert statuses(client, now_at) == {404}
    assert statuses(login(browser_of(app), show.owner), now_at) == {there}
    staff = login(browser_of(app), make_person(role="moderator"))
    assert statuses(staff, now_at) == {there}, "who decides sees it"
    assert client.get(now_at[RefKind.POST]).headers["Cache-Control"] == "no-store"
    for record_id in records:
        show.lift(record_id)
    work.settle(app)
    assert show.lies_open() == set(now_at)
    assert len(store.list_objects(PUBLIC)) == 4 * len(now_at)
    assert show.urls() == now_at
    assert statuses(client, now_at) == {there}
    with app.app_context():
        jobs.place_pictures([str(one) for one in show.things.values()])
    assert work.relay(app) == 0, "a second time there is nothing to do"


@S3_TOO
def test_nobody_has_the_pictures_of_somebody_who_is_banned_until_that_is_taken_back(
    app: Flask, show: Show, client: Browser, login: Login, make_person: MakePerson, place: str
) -> None:
    moderator, there = make_person(role="moderator"), 200 if place == "local" else 302
    old = show.urls()
    decision_id = show.decide(RefKind.PERSON, "ban", moderator)
    assert client.get(old[RefKind.PERSON]).status_code == 404
    for _ in range(2 if place == "local" else 0):  # events of events
        work.relay(app)
    if place == "s3":
        work.settle(app)
    assert show.lies_open() == set()
    assert statuses(client, old) == {404}
    work.settle(app)
    portrait = show.urls()[RefKind.PERSON]
    assert login(browser_of(app), moderator).get(portrait).status_code == there, "it stands on the desk"
    assert login(browser_of(app), make_person()).get(portrait).status_code == 404
    show.reverse(decision_id, moderator)
    work.settle(app)
    assert show.lies_open() == set(old)
    assert statuses(client, show.urls()) == {there}


@S3_TOO
def test_pictures_of_what_is_for_adults_are_for_those_who_pass_the_gate(
    app: Flask, show: Show, client: Browser, login: Login, make_person: MakePerson, place: str
) -> None:
    moderator, there = make_person(role="moderator"), 200 if place == "local" else 302
    old = show.urls()[RefKind.POST]
    decision_id = show.decide(RefKind.POST, "restrict", moderator)
    assert client.get(old).status_code == 403
    work.settle(app)
    assert show.lies_open() == set(show.urls()) - {RefKind.POST}
    url = show.urls()[RefKind.POST]
    assert client.get(old).status_code == 404
    assert client.get(url).status_code == 403
    assert login(browser_of(app), make_person()).get(url).status_code == 403
    got = login(browser_of(app), make_person(adult_since=now())).get(url)
    assert (got.status_code, got.headers["Cache-Control"]) == (there, "private, no-store")
    show.reverse(decision_id, moderator)
    work.settle(app)
    assert client.get(url).status_code == there
    assert show.lies_open() == set(show.urls())


def test_the_cdn_is_told_to_forget_a_portrait_that_is_taken_away(make_app: MakeApp, show: Show) -> None:
    with CdnStandIn() as cdn:
        app = make_app(cdn_url=cdn.url, cdn_purge_url=f"{cdn.url}/purge", cdn_purge_token="t")
        key = show.urls()[RefKind.PERSON].split("/")[2]
        show.act(
            holds.put_hold, show.ref(RefKind.PERSON), Hold.REMOVED, cause=Cause.DECISION, cause_id=None, by=None
        )  # fmt: skip
        work.settle(app)
        gone = {"prefixes": [f"{urlsplit(cdn.url).netloc}/public/{key}/"]}
        assert ("Bearer t", gone) in cdn.purged


def test_a_move_that_dies_half_way_is_told_by_verify_and_mended_by_the_next_run(
    app: Flask, show: Show, store: Storage, client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, real = show.urls(), picture_places._settle

    def die(*_arguments: object) -> bool:
        raise OSError("the power went")

    monkeypatch.setattr(picture_places, "_settle", die)
    show.hold()
    work.settle(app, failures=True)
    assert statuses(client, old) == {404}, "but for nginx, which asks nobody"
    monkeypatch.setattr(picture_places, "_settle", real)
    said = app.test_cli_runner().invoke(args=["media", "verify"])
    assert said.output.count("lies where anyone gets it") == 3, said.output  # the medium's has moved with its files
    with app.app_context():
        jobs.close_pictures_left_open()
    work.settle(app, failures=True)
    assert store.list_objects(PUBLIC) == []
    said = app.test_cli_runner().invoke(args=["media", "verify"])
    assert "lies where anyone gets it" not in said.output


def test_a_portrait_that_was_taken_away_is_kept_until_it_is_put_back_or_replaced(
    app: Flask, show: Show, db_session: Session, store: Storage
) -> None:
    person, portrait = show.ref(RefKind.PERSON), show.things[show.ref(RefKind.PERSON)]

    def take_away() -> UUID:
        done: UUID = show.act(
            holds.put_hold, person, Hold.REMOVED, cause=Cause.DECISION, cause_id=None, by=None
        )  # fmt: skip
        work.settle(app)
        return done

    record_id = take_away()
    app.test_cli_runner().invoke(args=["media", "prune", "--yes", "--older-than", "0"])
    show.lift(record_id)
    work.settle(app)
    db_session.expire_all()
    assert show.owner.avatar_id == portrait
    assert RefKind.PERSON in show.lies_open()

    record_id = take_away()
    fresh = add_picture(db_session, store, files=True, exposed=True)
    show.owner.avatar_id = fresh.id
    db_session.commit()
    prefix = db_session.get_one(Picture, portrait).storage_prefix
    show.lift(record_id)
    work.settle(app)
    db_session.expire_all()
    assert show.owner.avatar_id == fresh.id
    assert db_session.get(Picture, portrait) is None
    assert store.list_objects(prefix) == []


def test_a_portrait_that_was_taken_away_goes_for_good_with_its_owner(
    app: Flask, show: Show, db_session: Session, store: Storage
) -> None:
    show.hold()
    work.settle(app)
    show.owner.deletion_due_at = now() - timedelta(days=1)
    db_session.commit()
    with app.app_context():
        delete_people_due()
    work.settle(app)
    assert db_session.scalars(select(Picture.id)).all() == []
    assert store.list_objects("pictures/") == store.list_objects(PUBLIC) == []


def test_the_artwork_of_explicit_work_leaves_the_open_with_it(app: Flask, show: Show, client: Browser) -> None:
    def change(**values: Any) -> None:
        medium = db.session.get_one(Medium, show.ref(RefKind.MEDIUM).id)
        if "explicit" in values:
            publishing.mark_explicit(medium, explicit=True)
        else:
            publishing.set_visibility(medium, values["visibility"], publish_at=None, available_until=None)

    show.act(change, explicit=True)
    work.settle(app)
    url = show.urls()[RefKind.MEDIUM]
    assert client.get(url).status_code == 200, "of what is only explicit the picture is for everyone"
    assert RefKind.MEDIUM in show.lies_open()
    show.act(change, visibility=Visibility.PRIVATE)
    work.relay(app)
    assert RefKind.MEDIUM not in show.lies_open()
    assert client.get(url).status_code == 404


def test_pictures_of_a_post_that_waits_for_a_look_never_lie_in_the_open(
    app: Flask, client: Browser, login: Login, make_person: MakePerson, store: Storage, db_session: Session
) -> None:
    add_rule(app, "nasty")
    author = login(client, make_person(role="artist"))
    assert send(author, picture_file(), body="Something nasty").status_code == 303
    assert store.list_objects(PUBLIC) == []
    work.settle(app)
    picture = db_session.get_one(Picture, db_session.scalars(select(PostPicture.picture_id)).one())
    assert (picture.exposed, client.get(picture.src()).status_code) == (False, 200)
    assert browser_of(app).get(picture.src()).status_code == 404


def test_a_case_shows_the_pictures_that_it_is_about(
    app: Flask, show: Show, login: Login, make_person: MakePerson
) -> None:
    def report(kind: RefKind) -> str:
        reports.file_report(show.ref(kind), reason="rules", rule="hate", note="Look.")
        db.session.flush()
        public_id = db.session.scalars(select(Case.public_id).order_by(Case.id.desc())).first()
        assert public_id is not None
        return public_id

    staff = login(browser_of(app), make_person(role="moderator"))
    cases = {kind: show.act(report, kind) for kind in (RefKind.POST, RefKind.PERSON, RefKind.SET)}
    show.hold(Hold.REMOVED)
    work.settle(app)
    for kind, public_id in cases.items():
        page = staff.get(f"/admin/queue/{public_id}")
        assert show.urls()[kind] in page.text, kind
