"""Media, sets, comments and posts on the desk: looked through by key, decided about many at a time."""

import re
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.audit.models import AuditEntry
from app.core.holds import Hold
from app.media.models import Medium, MediumState, Task, TaskKind, TaskState, Version, VersionState
from app.moderation.models import Decision
from app.social.models import Comment, Post
from tests.factories.posts import add_post
from tests.factories.sets import add_set
from tests.harness.browser import Browser
from tests.harness.kinds import CountStatements, MakeMedium, MakePerson

WHY = {"reasons": "It breaks the rules of the house."}
KINDS = ("media", "sets", "comments", "posts")


def titles(page: str) -> list[str]:
    return re.findall(r'<div class="thing"><a [^>]*><bdi>([^<]*)</bdi>', page)


@pytest.fixture
def artist(make_person: MakePerson) -> User:
    return make_person(role="artist", username="moon")


def add_comment(db_session: Session, author: User, medium: Medium, body: str) -> Comment:
    comment = Comment(author_id=author.id, medium_id=medium.id, owner_id=medium.owner_id, body=body)
    db_session.add(comment)
    db_session.commit()
    return comment


def test_lists_are_for_staff(client: Browser, admin: Browser, moderator: Browser) -> None:
    for kind in KINDS:
        assert client.get(f"/admin/{kind}").status_code == 303
        assert moderator.get(f"/admin/{kind}").status_code == 200
        assert admin.get(f"/admin/{kind}").status_code == 200


def test_each_list_shows_what_there_is_the_newest_first_and_goes_on_after_the_last(
    admin: Browser, artist: User, make_medium: MakeMedium, db_session: Session
) -> None:
    for number in range(26):
        make_medium(artist, title=f"Song {number:02}", with_version=False)
    song = make_medium(artist, title="<b>Last</b>", visibility="private")
    add_comment(db_session, artist, song, "words\n  words")
    add_post(db_session, artist, body="A *post*")
    add_set(db_session, artist, title="A set")
    first = admin.get("/admin/media").text
    assert titles(first) == ["&lt;b&gt;Last&lt;/b&gt;", *(f"Song {number:02}" for number in range(25, 2, -1))]
    following = re.findall(r'hx-get="(/admin/media[^"]+)"', first)[0].replace("&amp;", "&")
    assert titles(admin.get_partial(following).text) == ["Song 02", "Song 01", "Song 00"]
    assert titles(admin.get("/admin/comments").text) == ["words words"]
    assert titles(admin.get("/admin/posts").text) == ["A post"]
    assert titles(admin.get("/admin/sets").text) == ["A set"]


def test_lists_are_narrowed_by_what_one_asks_for(
    admin: Browser, artist: User, make_person: MakePerson, make_medium: MakeMedium, db_session: Session
) -> None:
    other = make_person(role="artist")
    make_medium(artist, title="Broken", state="failed", realm_slug="voice")
    make_medium(artist, "video", title="Film", realm_slug="screen")
    held = make_medium(other, title="Held")
    db_session.execute(update(Medium).where(Medium.id == held.id).values(hold=Hold.HIDDEN))
    db_session.commit()
    for asked, found in {
        "owner=moon": ["Film", "Broken"],
        "owner=@MOON&state=failed": ["Broken"],
        "owner=nobody": [],
        "owner=%F0%9F%8E%B5": [],
        "state=failed": ["Broken"],
        "type=video": ["Film"],
        "realm=voice": ["Broken"],
        "hold=any": ["Held"],
        "hold=hidden": ["Held"],
        "hold=removed": [],
        "hold=nonsense": [],
        "realm=no-such": [],
    }.items():
        assert titles(admin.get(f"/admin/media?{asked}").text) == found, asked


def test_many_are_hidden_for_one_reason_and_restored_again(
    moderator: Browser, artist: User, make_medium: MakeMedium, db_session: Session
) -> None:
    songs = [make_medium(artist, title=f"Song {number}") for number in range(3)]
    ids = [str(song.id) for song in songs]
    assert moderator.submit("/admin/media/bulk", {"ids": ids, "act": "hide", "reasons": " "}).status_code == 422
    assert moderator.submit("/admin/media/bulk", {"act": "hide", **WHY}).status_code == 422
    answer = moderator.submit("/admin/media/bulk?state=ready", {"ids": ids, "act": "hide", **WHY})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/media?state=ready")
    assert "Done to 3." in moderator.get("/admin/media").text
    holds = select(Medium.hold).order_by(Medium.id)
    assert db_session.scalars(holds).all() == [Hold.HIDDEN] * 3
    assert {decision.reasons for decision in db_session.scalars(select(Decision))} == {WHY["reasons"]}
    db_session.commit()
    assert (
        moderator.submit("/admin/media/bulk", {"ids": [*ids, str(uuid4())], "act": "restore", **WHY}).status_code == 303
    )
    page = moderator.get("/admin/media").text
    assert "Done to 3." in page
    assert "Not done to 1: No decision stands against it." in page
    assert db_session.scalars(holds).all() == [None] * 3


def test_what_is_ones_own_or_an_equals_holds_up_nothing_else(
    moderator: Browser, mod: User, artist: User, make_person: MakePerson, make_medium: MakeMedium, db_session: Session
) -> None:
    own, equal = make_medium(mod), make_medium(make_person(role="moderator"))
    theirs = make_medium(artist)
    ids = [str(one.id) for one in (own, equal, theirs)]
    assert moderator.submit("/admin/media/bulk", {"ids": ids, "act": "remove", **WHY}).status_code == 303
    page = moderator.get("/admin/media").text
    assert "Done to 1." in page
    assert page.count("Not done to 1:") == 2
    db_session.expire_all()
    held = db_session.scalars(select(Medium.id).where(Medium.hold.is_not(None))).all()
    assert held == [theirs.id]
    made = db_session.scalars(select(AuditEntry).where(AuditEntry.action == "decision.made")).all()
    assert len(made) == 1


def test_comments_and_posts_are_removed_and_restored_too(
    moderator: Browser, artist: User, make_medium: MakeMedium, db_session: Session
) -> None:
    comment = add_comment(db_session, artist, make_medium(artist), "spam")
    post = add_post(db_session, artist, body="spam too")
    for kind, table, thing_id in (("comments", Comment, comment.id), ("posts", Post, post.id)):
        for act, hold in (("remove", Hold.REMOVED), ("restore", None)):
            answer = moderator.submit(f"/admin/{kind}/bulk", {"ids": [str(thing_id)], "act": act, **WHY})
            assert answer.status_code == 303
            assert db_session.scalar(select(table.hold).where(table.id == thing_id)) is hold
            db_session.commit()
    assert moderator.submit("/admin/comments/bulk", {"ids": [str(comment.id)], "act": "remake"}).status_code == 422


@pytest.mark.parametrize("ids", [["junk"], ["\0"], [str(UUID(int=number)) for number in range(241)]])
def test_ticks_that_no_page_made_are_refused(moderator: Browser, ids: list[str]) -> None:
    assert moderator.submit("/admin/media/bulk", {"ids": ids, "act": "hide", **WHY}).status_code == 400


def test_media_are_made_anew_and_failed_ones_tried_again(
    admin: Browser, artist: User, make_medium: MakeMedium, db_session: Session
) -> None:
    fine, broken = make_medium(artist), make_medium(artist, state="failed", title="Broken")
    version = db_session.scalars(select(Version).where(Version.medium_id == broken.id)).one()
    version.state, version.failure_sentence = VersionState.FAILED, "No sound in it."
    task = Task(
        version_id=version.id, kind=TaskKind.WAVEFORM, position=7, state=TaskState.FAILED, failure_sentence="Ow."
    )
    db_session.add(task)
    db_session.commit()
    page = admin.get(f"/admin/media/{broken.public_id}").text
    assert "waveform 7" in page
    assert "No sound in it." in page
    both = {"ids": [str(fine.id), str(broken.id)]}
    assert admin.submit("/admin/media/bulk", {**both, "act": "remake"}).status_code == 303
    assert admin.submit("/admin/media/bulk", {**both, "act": "retry"}).status_code == 303
    shown = admin.get("/admin/media").text
    assert shown.count("Done to 1.") == 2
    db_session.expire_all()
    assert db_session.scalar(select(Medium.remake_asked_at).where(Medium.id == fine.id)) is not None
    assert db_session.scalar(select(Medium.remake_asked_at).where(Medium.id == broken.id)) is None
    assert db_session.scalar(select(Medium.state).where(Medium.id == broken.id)) is MediumState.PROCESSING
    assert db_session.scalar(select(Task.state).where(Task.id == task.id)) is TaskState.QUEUED
    actions = db_session.scalars(select(AuditEntry.action).where(AuditEntry.subject_kind == "medium")).all()
    assert sorted(actions) == ["making.asked_anew", "making.tried_again"]


def test_a_medium_that_is_not_there_is_not_there(admin: Browser) -> None:
    assert admin.get("/admin/media/aaaaaaaaaaa").status_code == 404


@pytest.mark.usefixtures("counted_desk")
def test_every_list_costs_the_same_however_much_there_is(
    admin: Browser, artist: User, make_medium: MakeMedium, db_session: Session, count_statements: CountStatements
) -> None:
    for number in range(6):
        song = make_medium(artist, artwork=True)
        add_comment(db_session, artist, song, f"words {number}")
        add_post(db_session, artist, body="A post")
        add_set(db_session, artist, title=f"A set {number}")
    admin.get("/admin/people")
    for path in (*(f"/admin/{kind}?owner=moon&hold=" for kind in KINDS), f"/admin/media/{song.public_id}"):
        with count_statements() as seen:
            assert admin.get(path).status_code == 200
        assert len(seen) <= 8, (path, seen)
