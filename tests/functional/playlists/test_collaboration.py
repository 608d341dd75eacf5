"""Sets that several people work on: who is let in, what each may, what was changed, and taking it back."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from simple_websocket.errors import ConnectionClosed  # type: ignore[import-untyped]  # as in test_sockets
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.accounts.models import Apart, User
from app.core.clock import now
from app.core.errors import DomainError
from app.core.events import OutboxEntry
from app.core.queue import redis
from app.extensions import db
from app.media.models import Medium
from app.playlists import jobs, presence, queries
from app.playlists.models import ChangeKind, Set, SetChange, SetEditor, SetInvitation
from app.playlists.services import editors, items, sets, undoing
from tests.functional.media.studio import served
from tests.functional.media.test_sockets import Socket
from tests.functional.playlists.conftest import Acting, MakeSet
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import CountStatements, Login, MakeMedium, MakePerson

MOST_STATEMENTS = 8


@pytest.fixture
def one(make_set: MakeSet, artist: User, tracks: list[Medium]) -> Set:
    """A private set of the artist's: A, B, C, D."""
    return make_set(artist, tracks, visibility="private", title="Together")


@pytest.fixture
def editor(make_person: MakePerson, one: Set, db_session: Session) -> User:
    """Ed, who works on it."""
    person = make_person(username="ed", display_name="Ed Ito")
    db_session.add(SetEditor(set_id=one.id, user_id=person.id))
    db_session.commit()
    return person


@pytest.fixture
def browsers(app: Flask, login: Login) -> Callable[[User], Browser]:
    return lambda person: login(browser_of(app), person)


def block(session: Session, one: User, other: User) -> None:
    for first, second in ((one, other), (other, one)):
        session.add(Apart(person_id=first.id, other_id=second.id, blocked_at=now()))
    session.commit()


def edit_page(one: Set) -> str:
    return f"/sets/{one.public_id}/editors"


def changes(session: Session, one: Set) -> list[SetChange]:
    """The oldest first."""
    session.expire_all()
    rows = session.scalars(select(SetChange).where(SetChange.set_id == one.id).order_by(SetChange.id)).all()
    session.commit()
    return list(rows)


# Being asked, coming, leaving -----------------------------------------------------------------------------------------


def test_somebody_is_asked_by_name_says_yes_and_works_on_it(
    browsers: Callable[[User], Browser], artist: User, fan: User, one: Set, db_session: Session
) -> None:
    owner, guest = browsers(artist), browsers(fan)
    assert guest.get(edit_page(one)).status_code == 404
    assert owner.submit(f"/sets/{one.public_id}/invitations", {"username": "@fan"}).location == edit_page(one)
    owner.submit(f"/sets/{one.public_id}/invitations", {"username": "fan"})
    invitation = db_session.scalars(select(SetInvitation)).one()
    db_session.commit()
    assert db_session.scalar(select(func.count()).where(OutboxEntry.name.like("%EditorInvited%"))) == 2
    db_session.commit()
    assert guest.get(edit_page(one)).status_code == 404, "asked is not yet in"
    url = f"/sets/invitations/{invitation.token}"
    assert "Together" in guest.get(url).text
    assert "Together" in guest.get("/library/shared-sets").text
    assert guest.submit(f"{url}/accept").location == f"/sets/{one.public_id}/edit"
    assert guest.get(edit_page(one)).status_code == 200
    assert "Together" in guest.get("/library/shared-sets").text
    assert guest.get(url).status_code == 404, "an invitation is used once"
    assert "works on it already" in owner.submit(f"/sets/{one.public_id}/invitations", {"username": "fan"}).text


def test_an_invitation_is_for_whom_it_names_and_for_two_weeks(
    browsers: Callable[[User], Browser], artist: User, fan: User, one: Set, acting: Acting, db_session: Session,
    make_person: MakePerson,
) -> None:  # fmt: skip
    with acting(one, artist) as (found, by):
        token = editors.invite_person(found, "fan", by=by).token
    url = f"/sets/invitations/{token}"
    other = browsers(make_person(username="other"))
    assert (other.get(url).status_code, other.submit(f"{url}/accept").status_code) == (404, 404)
    guest = browsers(fan)
    db_session.execute(update(SetInvitation).values(expires_at=now() - timedelta(seconds=1)))
    db_session.commit()
    assert (guest.get(url).status_code, guest.submit(f"{url}/accept").status_code) == (404, 404)
    assert "Together" not in guest.get("/library/shared-sets").text


def test_whoever_says_no_is_asked_no_more(
    browsers: Callable[[User], Browser], artist: User, fan: User, one: Set, acting: Acting, db_session: Session
) -> None:
    with acting(one, artist) as (found, by):
        token = editors.invite_person(found, "fan", by=by).token
    guest = browsers(fan)
    assert guest.submit(f"/sets/invitations/{token}/decline").status_code == 303
    assert db_session.scalars(select(SetInvitation)).all() == []
    assert guest.get(edit_page(one)).status_code == 404


def test_a_link_invites_whoever_has_it_until_it_is_taken_back(
    browsers: Callable[[User], Browser], artist: User, fan: User, one: Set, db_session: Session,
    make_person: MakePerson,
) -> None:  # fmt: skip
    owner, guest = browsers(artist), browsers(fan)
    owner.submit(f"/sets/{one.public_id}/invitations/links")
    invitation = db_session.scalars(select(SetInvitation)).one()
    db_session.commit()
    url = f"/sets/invitations/{invitation.token}"
    assert f"http://127.0.0.1{url}" in owner.get(edit_page(one)).text
    assert guest.get(url).headers["Referrer-Policy"] == "no-referrer"
    assert guest.submit(f"{url}/accept").status_code == 303
    assert guest.submit(f"{url}/accept").status_code == 303, "twice does no more"
    assert invitation.token not in guest.get(edit_page(one)).text, "who works on it invites nobody"
    assert guest.submit(f"/sets/{one.public_id}/invitations", {"username": "artist"}).status_code == 403
    assert guest.submit(f"/sets/{one.public_id}/invitations/links").status_code == 403
    owner.submit(f"/sets/{one.public_id}/invitations/{invitation.id}/delete")
    late = browsers(make_person(username="late"))
    assert late.get(url).status_code == 404
    assert guest.get(edit_page(one)).status_code == 200, "who is in stays in"


def test_to_everyone_else_there_are_no_such_pages(
    app: Flask, browsers: Callable[[User], Browser], fan: User, editor: User, one: Set
) -> None:
    places = {"public_id": one.public_id, "user_id": editor.id, "invitation_id": one.id, "change_id": one.id}
    with app.test_request_context():
        asked = [
            (method, app.url_map.bind("127.0.0.1").build(rule.endpoint, places))
            for rule in app.url_map.iter_rules()
            if rule.endpoint.startswith("set_editors.") and "public_id" in rule.arguments
            for method in (rule.methods or set()) & {"GET", "POST"}
        ]
    assert len(asked) > 8
    outsider, stranger = browsers(fan), browser_of(app)
    token = outsider.csrf_token()
    said = {url: outsider.open(url, method=method, headers={"X-CSRFToken": token}).status_code for method, url in asked}
    assert said == dict.fromkeys(said, 404)
    said = {url: stranger.get(url).status_code for method, url in asked if method == "GET"}
    assert said == dict.fromkeys(said, 303), "a stranger logs in first, whatever there is"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("", "Whom?"), ("nobody", "nobody of this name"), ("artist", "yours"), ("x" * 81, "longer than 80"),
     ("fan\0", "nobody of this name")],
)  # fmt: skip
def test_who_cannot_be_asked_is_said_at_the_field(
    browsers: Callable[[User], Browser], artist: User, fan: User, one: Set, name: str, sentence: str
) -> None:
    assert fan.username == "fan"
    answer = browsers(artist).submit(f"/sets/{one.public_id}/invitations", {"username": name})
    assert answer.status_code == 422
    assert sentence in answer.text


def test_an_editor_leaves_or_is_shown_out_and_what_they_added_stays(
    browsers: Callable[[User], Browser], artist: User, fan: User, editor: User, one: Set, acting: Acting,
    make_medium: MakeMedium, db_session: Session,
) -> None:  # fmt: skip
    with acting(one, editor) as (found, by):
        items.add_item(found, db.session.merge(make_medium(artist, title="E")), by=by)
    ed, owner, outsider = browsers(editor), browsers(artist), browsers(fan)
    assert outsider.submit(f"/sets/{one.public_id}/leave").status_code == 404
    assert ed.submit(f"/sets/{one.public_id}/editors/{artist.id}/delete").status_code == 403
    assert ed.submit(f"/sets/{one.public_id}/leave").location == "/library/shared-sets"
    assert ed.submit(f"/sets/{one.public_id}/undo").status_code == 404
    db_session.add(SetEditor(set_id=one.id, user_id=editor.id))
    db_session.commit()
    assert "Ed Ito" in owner.get(edit_page(one)).text
    owner.submit(f"/sets/{one.public_id}/editors/{editor.id}/delete")
    assert ed.get(edit_page(one)).status_code == 404
    assert acting.order(one) == "ABCDE"


def test_blocked_people_are_neither_asked_nor_stay(
    browsers: Callable[[User], Browser], app: Flask, artist: User, fan: User, editor: User, one: Set, acting: Acting,
    db_session: Session,
) -> None:  # fmt: skip
    with acting(one, artist) as (found, by):
        named = editors.invite_person(found, "fan", by=by).token
        link = editors.invite_by_link(found, by=by).token
    for person in (fan, editor):
        block(db_session, person, artist)
    ed, guest, owner = browsers(editor), browsers(fan), browsers(artist)
    assert ed.get(edit_page(one)).status_code == 404, "at once, before any job"
    assert "Together" not in ed.get("/library/shared-sets").text
    assert "Ed Ito" not in owner.get(edit_page(one)).text
    for token in (named, link):
        assert guest.get(f"/sets/invitations/{token}").status_code == 404
        assert guest.submit(f"/sets/invitations/{token}/accept").status_code == 404
    assert "nobody of this name" in owner.submit(f"/sets/{one.public_id}/invitations", {"username": "fan"}).text
    with app.app_context():
        for _ in range(2):
            for person in (fan, editor):
                jobs.part_people(str(person.id), str(artist.id))
    assert db_session.scalars(select(SetEditor)).all() == []
    assert [row.invited_id for row in db_session.scalars(select(SetInvitation))] == [None]


def test_watch_later_is_shared_with_nobody(
    browsers: Callable[[User], Browser], fan: User, make_set: MakeSet, artist: User
) -> None:
    later = make_set(fan, kind="watch_later", visibility="private")
    answer = browsers(fan).submit(f"/sets/{later.public_id}/invitations", {"username": artist.username})
    assert answer.status_code == 403


def test_fifty_work_on_a_set_at_most_however_many_say_yes_at_once(
    app: Flask, artist: User, one: Set, make_person: MakePerson, acting: Acting, db_session: Session,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(editors, "MOST_EDITORS", 3)
    people = [make_person() for _ in range(8)]
    with acting(one, artist) as (found, by):
        token = editors.invite_by_link(found, by=by).token

    def accept(person: User) -> str:
        with app.app_context():
            try:
                editors.accept_invitation(token, by=db.session.get_one(User, person.id))
                db.session.commit()
            except DomainError as error:
                db.session.rollback()
                return error.sentence
            return "in"

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(accept, people))
    assert said.count("in") == 3
    assert db_session.scalar(select(func.count()).select_from(SetEditor)) == 3
    db_session.commit()
    with acting(one, artist) as (found, by), pytest.raises(DomainError, match="Somebody has to leave"):
        editors.invite_person(found, people[-1].username, by=by)


def test_an_editor_arranges_and_rewords_and_the_rest_stays_with_the_owner(
    artist: User, editor: User, one: Set, acting: Acting, make_medium: MakeMedium
) -> None:
    extra = make_medium(artist, title="E")
    with acting(one, editor) as (found, by):
        items.add_item(found, db.session.merge(extra), by=by)
        items.move_item(found, acting.items(one)[3][1], by=by, before=acting.items(one)[0][1])
        sets.edit_set(found, sets.SetDetails(title="Ours", slug="stolen", visibility=found.visibility), by=by)
    assert acting.order(one) == "DABCE"
    with acting(one, artist) as (found, _by):
        assert (found.title, found.slug) == ("Ours", one.slug)
    for act in (sets.delete_set, sets.reset_secret):
        with acting(one, editor) as (found, by), pytest.raises(DomainError):
            act(found, by=by)


def test_an_editor_opens_the_page_of_what_is_private(
    browsers: Callable[[User], Browser], fan: User, editor: User, one: Set
) -> None:
    url = f"/@artist/sets/{one.slug}"
    assert browsers(editor).get(url).status_code == 200
    assert browsers(fan).get(url).status_code == 404


def test_two_who_reorder_at_once_both_get_through(
    artist: User, editor: User, one: Set, acting: Acting, db_session: Session
) -> None:
    ids = dict(acting.items(one))

    def move(how: tuple[User, str]) -> None:
        person, title = how
        with acting(one, person) as (found, by):
            items.move_item(found, ids[title], by=by)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(move, [(artist, "A"), (editor, "B")]))
    assert acting.order(one) in {"CDAB", "CDBA"}
    assert {change.actor_id for change in changes(db_session, one)} == {artist.id, editor.id}


# Who changed what, and taking it back ---------------------------------------------------------------------------------


@pytest.fixture
def did(acting: Acting, one: Set, db_session: Session) -> Callable[..., SetChange]:
    """``did(person, act, …)``: the change that a service makes for somebody. Items are named by their titles."""

    def do(person: User, act: Callable[..., Any], *given: Any, **values: Any) -> SetChange:
        ids = dict(acting.items(one))
        values = {name: ids.get(value, value) if isinstance(value, str) else value for name, value in values.items()}
        with acting(one, person) as (found, by):
            act(
                found, *(ids.get(value, value) if isinstance(value, str) else value for value in given), by=by, **values
            )
        return changes(db_session, one)[-1]

    return do


def remove(one: Set, item_id: Any, *, by: User) -> None:
    item = queries.find_item(one, item_id)
    assert item is not None
    items.remove_item(one, item.medium_id, by=by)


def undo(one: Set, change_id: Any, *, by: User) -> None:
    undoing.undo_change(one, change_id, by=by)


def test_every_kind_of_change_is_taken_back(
    artist: User, editor: User, one: Set, acting: Acting, did: Callable[..., SetChange], make_medium: MakeMedium
) -> None:
    extra = make_medium(artist, title="E")
    added = did(editor, lambda found, by: items.add_item(found, db.session.merge(extra), by=by))
    assert acting.order(one) == "ABCDE"
    did(artist, undo, added.id)
    assert acting.order(one) == "ABCD"
    removed = did(editor, remove, "B")
    assert acting.order(one) == "ACD"
    did(editor, undo, removed.id)
    assert acting.order(one) == "ABCD"
    moved = did(editor, items.move_item, "D", before="A")
    assert acting.order(one) == "DABC"
    did(artist, undo, moved.id)
    assert acting.order(one) == "ABCD"
    noted = did(editor, items.edit_item, "A", note="listen", starts_at_ms=1000)
    did(artist, undo, noted.id)
    with acting(one, artist) as (found, _by):
        item = queries.find_item(found, dict(acting.items(one))["A"])
        assert item is not None
        assert (item.note, item.starts_at_ms) == ("", None)
    details = sets.SetDetails(title="New", tags="a, b", visibility=one.visibility, comments_policy=one.comments_policy)
    reworded = did(editor, lambda found, by: sets.edit_set(found, details, by=by))
    did(editor, undo, reworded.id)
    with acting(one, artist) as (found, _by):
        assert (found.title, found.tags) == ("Together", [])


def test_what_an_owner_alone_chose_only_the_owner_takes_back(
    artist: User, editor: User, one: Set, acting: Acting, did: Callable[..., SetChange]
) -> None:
    details = sets.SetDetails(title="Together", slug="elsewhere", visibility=one.visibility)
    change = did(artist, lambda found, by: sets.edit_set(found, details, by=by))
    with acting(one, editor) as (found, by), pytest.raises(DomainError, match="owner to choose"):
        undo(found, change.id, by=by)
    did(artist, undo, change.id)
    with acting(one, artist) as (found, _by):
        assert found.slug == one.slug


def test_what_was_taken_out_comes_back_with_its_words_and_to_its_place(
    artist: User, one: Set, acting: Acting, did: Callable[..., SetChange]
) -> None:
    did(artist, items.edit_item, "C", note="the best")
    removed = did(artist, remove, "C")
    did(artist, undo, removed.id)
    assert acting.order(one) == "ABCD"
    with acting(one, artist) as (found, _by):
        item = queries.find_item(found, dict(acting.items(one))["C"])
        assert item is not None
        assert (item.note, item.added_by_id) == ("the best", artist.id)
    removed = did(artist, remove, "C")
    did(artist, remove, "B")
    did(artist, undo, removed.id)
    assert acting.order(one) == "ADC", "what it stood behind is gone: at the end"


def test_one_takes_back_ones_own_last_and_then_the_one_before(
    artist: User, editor: User, one: Set, acting: Acting, did: Callable[..., SetChange]
) -> None:
    did(editor, items.move_item, "A")
    did(editor, items.move_item, "B")
    did(artist, items.move_item, "C", before="D")
    before = acting.order(one)
    for _ in range(2):
        did(editor, undoing.undo_last)
    assert before == "CDAB"
    assert acting.order(one) == "ABCD"
    with acting(one, editor) as (found, by), pytest.raises(DomainError, match="nothing of yours"):
        undoing.undo_last(found, by=by)


def test_taking_back_can_itself_be_taken_back(
    artist: User, one: Set, acting: Acting, did: Callable[..., SetChange]
) -> None:
    moved = did(artist, items.move_item, "A")
    undone = did(artist, undo, moved.id)
    did(artist, undo, undone.id)
    assert acting.order(one) == "BCDA"
    did(artist, undo, moved.id)
    assert acting.order(one) == "ABCD"


def test_what_others_changed_since_is_not_undone_along_with_it(
    artist: User, editor: User, one: Set, acting: Acting, did: Callable[..., SetChange], make_set: MakeSet,
    db_session: Session, make_medium: MakeMedium,
) -> None:  # fmt: skip
    moved = did(editor, items.move_item, "A")
    did(artist, items.move_item, "A", before="B")
    noted = did(editor, items.edit_item, "B", note="mine")
    did(artist, items.edit_item, "B", note="no, mine")
    titled = did(editor, lambda found, by: sets.edit_set(found, sets.SetDetails(title="X"), by=by))
    did(artist, lambda found, by: sets.edit_set(found, sets.SetDetails(title="Y"), by=by))
    extra = make_medium(artist, title="E")
    added = did(editor, lambda found, by: items.add_item(found, db.session.merge(extra), by=by))
    removed = did(artist, remove, "E")
    covered = SetChange(
        set_id=one.id, actor_id=editor.id, kind=ChangeKind.EDITED, before={"cover": "a"}, after={"cover": None}
    )
    gone = SetChange(
        set_id=one.id, actor_id=editor.id, kind=ChangeKind.EDITED, before={"note": "a"}, after={"note": "b"}
    )
    db_session.add_all([covered, gone])
    db_session.commit()
    order = acting.order(one)
    refused = {
        moved: "moved again since", noted: "changed again since", titled: "changed again since",
        added: "taken out since", covered: "cover of before is gone", gone: "not here any more",
    }  # fmt: skip
    for change, sentence in refused.items():
        with acting(one, artist) as (found, by), pytest.raises(DomainError, match=sentence):
            undo(found, change.id, by=by)
    assert acting.order(one) == order
    did(artist, undo, removed.id)
    with acting(one, artist) as (found, by), pytest.raises(DomainError, match="taken back already"):
        undo(found, removed.id, by=by)
    other = make_set(artist)
    with acting(other, artist) as (found, by), pytest.raises(DomainError, match="no such change"):
        undo(found, moved.id, by=by)


def test_what_one_may_not_see_one_does_not_put_back(
    artist: User, editor: User, one: Set, acting: Acting, did: Callable[..., SetChange], db_session: Session,
    tracks: list[Medium], browsers: Callable[[User], Browser],
) -> None:  # fmt: skip
    removed = did(artist, remove, "B")
    db_session.execute(update(Medium).where(Medium.id == tracks[1].id).values(visibility="private", listed=False))
    db_session.commit()
    with acting(one, editor) as (found, by), pytest.raises(DomainError, match="not for you"):
        undo(found, removed.id, by=by)
    page = browsers(editor).get(f"/sets/{one.public_id}/changes").text
    assert "took out" in page
    assert ">B<" not in page
    assert "something that is not for you" in page


def test_the_page_of_changes_says_who_did_what_and_takes_it_back(
    browsers: Callable[[User], Browser], editor: User, one: Set, acting: Acting, did: Callable[..., SetChange],
    fan: User,
) -> None:  # fmt: skip
    url = f"/sets/{one.public_id}/changes"
    ed = browsers(editor)
    assert "Nothing has been changed yet" in ed.get(url).text
    change = did(editor, items.move_item, "A")
    page = ed.get(url).text
    assert "Ed Ito" in page
    assert "moved" in page
    assert browsers(fan).get(url).status_code == 404
    assert ed.submit(f"{url}/{change.id}/undo").location == url
    assert acting.order(one) == "ABCD"
    page = ed.get(url).text
    assert "That is taken back." in page
    assert "moved back" in page
    answer = ed.submit(f"{url}/{change.id}/undo", follow_redirects=True)
    assert "taken back already" in answer.text
    assert ed.submit(f"{url}/{one.id}/undo").status_code == 404
    assert ed.submit(f"/sets/{one.public_id}/undo").location == f"/sets/{one.public_id}/edit"


def test_what_a_blocked_person_did_is_there_without_their_name(
    browsers: Callable[[User], Browser], fan: User, editor: User, one: Set, did: Callable[..., SetChange],
    db_session: Session,
) -> None:  # fmt: skip
    db_session.add(SetEditor(set_id=one.id, user_id=fan.id))
    did(editor, items.move_item, "A")
    block(db_session, fan, editor)
    page = browsers(fan).get(f"/sets/{one.public_id}/changes").text
    assert "Somebody" in page
    assert "Ed Ito" not in page


def test_pages_of_sets_made_together_cost_the_same_however_much_is_on_them(
    browsers: Callable[[User], Browser], editor: User, one: Set, tracks: list[Medium], make_person: MakePerson,
    make_set: MakeSet, db_session: Session, count_statements: CountStatements,
) -> None:  # fmt: skip
    ed = browsers(editor)
    urls = [f"/sets/{one.public_id}/changes", edit_page(one), "/library/shared-sets", f"/sets/{one.public_id}/presence"]

    def add(count: int) -> None:
        for _ in range(count):
            person, another = make_person(), make_set(make_person())
            db_session.add_all([
                SetEditor(set_id=one.id, user_id=person.id), SetEditor(set_id=another.id, user_id=editor.id),
                SetChange(set_id=one.id, actor_id=person.id, kind=ChangeKind.MOVED, medium_id=tracks[0].id),
                SetInvitation(set_id=make_set(person).id, invited_id=editor.id, expires_at=now() + timedelta(days=1)),
            ])  # fmt: skip
        db_session.commit()

    def cost() -> list[int]:
        costs = []
        for url in urls:
            with count_statements() as seen:
                assert ed.get(url).status_code == 200
            costs.append(len(seen))
        return costs

    add(2)
    few = cost()
    add(26)
    assert cost() == few
    assert max(few) <= MOST_STATEMENTS, dict(zip(urls, few, strict=True))
    assert 'class="more"' in ed.get(urls[0]).text
    assert 'class="more"' in ed.get(urls[2]).text


# Who is there now -----------------------------------------------------------------------------------------------------


def test_who_is_there_is_known_until_they_say_goodbye_or_fall_silent(
    app: Flask, artist: User, editor: User, one: Set, browsers: Callable[[User], Browser]
) -> None:
    set_id = one.public_id
    with app.app_context():
        assert presence.note_here(set_id, artist.id, "a")
        assert not presence.note_here(set_id, artist.id, "a"), "who repeats it changes nothing"
        assert presence.note_here(set_id, editor.id, "b")
        assert not presence.note_here(set_id, editor.id, "c"), "a second tab changes nothing"
        assert not presence.note_away(set_id, editor.id, "b")
        assert presence.who_is_here(set_id) == {artist.id, editor.id}
    page = browsers(artist).get_partial(f"/sets/{set_id}/presence").text
    assert 'data-here="ed"' in page
    assert "<html" not in page
    with app.app_context():
        assert presence.note_away(set_id, editor.id, "c")
        assert presence.who_is_here(set_id) == {artist.id}
        redis().zadd(f"presence:set:{set_id}", {f"{editor.id}/d": time.time() - 1})
        assert presence.who_is_here(set_id) == {artist.id}
        assert presence.note_here(set_id, artist.id, "a"), "clears away who fell silent, and says so"


def test_without_redis_nobody_else_is_seen_and_the_page_is_there(
    make_app: Callable[..., Flask], artist: User, one: Set, login: Login
) -> None:
    app = make_app(redis_url="redis://127.0.0.1:1/0")
    with app.app_context():
        assert not presence.note_here(one.public_id, artist.id, "a")
        assert presence.who_is_here(one.public_id) == set()
    answer = login(browser_of(app), artist).get(f"/sets/{one.public_id}/presence")
    assert answer.text.count("data-here") == 1, "oneself"


def test_blocked_people_do_not_see_each_other_there(
    app: Flask, artist: User, editor: User, fan: User, one: Set, browsers: Callable[[User], Browser],
    db_session: Session,
) -> None:  # fmt: skip
    db_session.add(SetEditor(set_id=one.id, user_id=fan.id))
    block(db_session, fan, editor)
    with app.app_context():
        presence.note_here(one.public_id, editor.id, "a")
    url = f"/sets/{one.public_id}/presence"
    assert 'data-here="ed"' not in browsers(fan).get(url).text
    assert 'data-here="ed"' in browsers(artist).get(url).text


@pytest.fixture
def connect(app: Flask) -> Iterator[Callable[[Browser], Socket]]:
    """``connect(browser)``: a page's socket."""
    sockets: list[Socket] = []
    with served(app) as address:

        def make(browser: Browser) -> Socket:
            name = app.config["SESSION_COOKIE_NAME"]
            cookie = browser.get_cookie(name, domain="127.0.0.1")
            sockets.append(Socket(address, f"{name}={cookie.value}" if cookie else ""))
            return sockets[-1]

        yield make
        for socket in sockets:
            with suppress(ConnectionClosed):
                socket.close()


def test_a_page_that_says_it_is_open_is_seen_by_the_others_until_its_tab_is_closed(
    app: Flask, connect: Callable[[Browser], Socket], browsers: Callable[[User], Browser], artist: User, editor: User,
    fan: User, one: Set, db_session: Session,
) -> None:  # fmt: skip
    set_id, topic = one.public_id, f"presence:{one.public_id}"
    ed_browser = browsers(editor)
    owner, ed, outsider, stranger = (
        connect(browser) for browser in (browsers(artist), ed_browser, browsers(fan), browser_of(app))
    )
    for nobody in (outsider, stranger):
        assert nobody.watch({"topic": topic}) == {"ok": False}
        assert nobody.say("here", {"set": set_id}) == {"ok": False}
    odd: list[Any] = [None, [], {"set": 1}, {"set": "\0"}, {"set": "x" * 9000}, {}]
    for nonsense in odd:
        assert owner.say("here", nonsense) == {"ok": False}
    assert owner.watch({"topic": topic}) == {"ok": True}
    assert owner.watch({"topic": f"set:{set_id}"}) == {"ok": True}
    assert ed.watch({"topic": f"set:{set_id}"}) == {"ok": True}, "who works on it watches what is private, too"
    assert ed.say("here", {"set": set_id}) == {"ok": True}
    assert owner.heard() == [topic]
    with app.app_context():
        assert presence.who_is_here(set_id) == {editor.id}
    db_session.execute(delete(SetEditor))
    db_session.commit()
    assert ed.say("here", {"set": set_id}) == {"ok": False}, "asked anew every time"
    assert owner.heard() == [topic]
    with app.app_context():
        assert presence.who_is_here(set_id) == set()
    db_session.add(SetEditor(set_id=one.id, user_id=editor.id))
    db_session.commit()
    ed.say("here", {"set": set_id})
    assert owner.heard() == [topic]
    assert ed.say("away", {}) == {"ok": True}
    assert owner.heard() == [topic]
    ed.say("here", {"set": set_id})
    assert owner.heard() == [topic]
    ed.close()
    assert owner.heard() == [topic], "a closed tab"
    ed_browser.submit("/logout")
    assert connect(ed_browser).say("here", {"set": set_id}) == {"ok": False}
    with app.app_context():
        assert presence.who_is_here(set_id) == set()
