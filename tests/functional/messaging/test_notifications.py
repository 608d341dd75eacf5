"""Who hears of what: once for each event, together where it is one thing, and never of those whom they silenced."""

import re
from datetime import timedelta

from flask import Flask
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from app.accounts.models import Apart, User
from app.core.clock import now
from app.core.events import OutboxEntry
from app.core.queue import redis
from app.extensions import db
from app.media.models import Medium, Visibility
from app.messaging.models import Notification, NotificationEvent
from app.messaging.services import reading
from app.operations.errands import PATIENCE, ring_again
from app.playlists.events import EditorInvited
from app.playlists.models import Set, SetInvitation
from app.rights import retention
from app.social.events import CommentHearted, CommentHeld, PersonBlocked, ThingReposted
from app.social.models import Comment, CommentState, Follow, Like, Mute, Post, Repost
from tests.functional.messaging.telling import (
    add_comment,
    add_follows,
    add_likes,
    add_people,
    happen,
    told,
    written,
)  # fmt: skip
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import CountStatements, Login, MakeMedium, MakePerson, RunSpine, Settle


def counts(session: Session, person: User) -> list[tuple[str, int]]:
    return [(one.kind.value, one.count) for one in told(session, person)]


def test_likes_of_one_thing_are_one_line_however_many(
    app: Flask, db_session: Session, make_person: MakePerson, make_medium: MakeMedium, settle: Settle, client: Browser,
    login: Login,
) -> None:  # fmt: skip
    artist, ana = make_person(role="artist"), make_person(display_name="Ana")
    medium = make_medium(artist, title="Night Bus")
    happen(app, *add_likes(db_session, [*add_people(db_session, 12), ana.id], medium))
    settle()
    assert counts(db_session, artist) == [("like", 13)]
    text = " ".join(re.sub(r"<[^>]+>", "", login(client, artist).get("/notifications").text).split())
    assert "and 12 others liked Night Bus" in text


def test_an_event_tells_once_however_often_it_is_handed_over(
    app: Flask, db_session: Session, make_person: MakePerson, make_medium: MakeMedium, settle: Settle
) -> None:
    artist, fan = make_person(role="artist"), make_person()
    medium = make_medium(artist)
    events = add_likes(db_session, [fan.id], medium)
    comment = add_comment(db_session, fan, medium, "this drop!")
    for _ in range(3):
        happen(app, *events, *events, written(comment))
        settle()
    assert sorted(counts(db_session, artist)) == [("comment", 1), ("like", 1)]


def test_more_of_the_same_makes_it_new_again(
    app: Flask, db_session: Session, make_person: MakePerson, make_medium: MakeMedium, settle: Settle
) -> None:
    artist = make_person(role="artist")
    medium = make_medium(artist)
    first, second = add_people(db_session, 2)
    happen(app, *add_likes(db_session, [first], medium))
    settle()
    with app.app_context():
        reading.mark_seen(artist)
        reading.mark_read(artist)
        db.session.commit()
    happen(app, *add_likes(db_session, [second], medium))
    settle()
    (line,) = told(db_session, artist)
    assert (line.count, line.actor_id, line.seen_at, line.read_at) == (2, second, None, None)


def test_nobody_hears_of_themselves_nor_of_whom_they_silenced(
    app: Flask, db_session: Session, make_person: MakePerson, make_medium: MakeMedium, settle: Settle
) -> None:
    artist, blocked, blocker, muted = make_person(role="artist"), make_person(), make_person(), make_person()
    medium = make_medium(artist)
    for one, other in ((artist, blocked), (blocker, artist)):
        db_session.add(Apart(person_id=one.id, other_id=other.id, blocked_at=now()))
        db_session.add(Apart(person_id=other.id, other_id=one.id))
    db_session.add(Mute(muter_id=artist.id, muted_id=muted.id))
    db_session.commit()
    happen(app, *add_likes(db_session, [artist.id, blocked.id, blocker.id, muted.id], medium))
    happen(app, written(add_comment(db_session, muted, medium, f"hello @{artist.username}")))
    settle()
    assert told(db_session, artist) == []


def test_a_like_that_was_taken_back_before_anybody_heard_tells_nobody(
    app: Flask, db_session: Session, make_person: MakePerson, make_medium: MakeMedium, settle: Settle
) -> None:
    artist, fan = make_person(role="artist"), make_person()
    events = add_likes(db_session, [fan.id], make_medium(artist))
    db_session.execute(delete(Like))
    db_session.commit()
    happen(app, *events)
    settle()
    assert told(db_session, artist) == []


def test_a_comment_tells_each_person_once_and_the_answered_first(
    app: Flask, db_session: Session, make_person: MakePerson, make_medium: MakeMedium, settle: Settle
) -> None:
    artist, ana, ben = make_person(role="artist"), make_person(), make_person()
    medium = make_medium(artist)
    begun = add_comment(db_session, ana, medium, "what is this?")
    body = f"@{ana.username} @{artist.username} @{make_person(username='cleo').username} a theremin"
    answer = add_comment(db_session, ben, medium, body, thread_id=begun.id, answers_id=begun.id)
    happen(app, written(answer))
    settle()
    heard = {
        name: [one.kind.value for one in told(db_session, person)]
        for name, person in {"artist": artist, "ana": ana, "ben": ben}.items()
    }
    assert heard == {"artist": ["mention"], "ana": ["answer"], "ben": []}


def test_nobody_is_told_of_words_under_what_they_may_not_see(
    app: Flask, db_session: Session, make_person: MakePerson, make_medium: MakeMedium, settle: Settle
) -> None:
    artist, named = make_person(role="artist"), make_person()
    medium = make_medium(artist, visibility="private")
    happen(app, written(add_comment(db_session, artist, medium, f"@{named.username}")))
    settle()
    assert told(db_session, named) == []


def test_hearts_held_comments_reposts_invitations_and_followers_are_told(
    app: Flask, db_session: Session, make_person: MakePerson, make_medium: MakeMedium, settle: Settle, login: Login
) -> None:
    artist, ana = make_person(role="artist"), make_person(display_name="Ana Ávila")
    medium = make_medium(artist)
    held = add_comment(db_session, ana, medium, "hm", state=CommentState.HELD)
    hearted = add_comment(db_session, ana, medium, "nice", hearted_at=now())
    mix = Set(owner_id=artist.id, slug="mix", title="Mix", visibility=Visibility.PRIVATE)
    db_session.add_all([mix, Repost(user_id=ana.id, medium_id=medium.id)])
    db_session.flush()
    invitation = SetInvitation(set_id=mix.id, invited_id=ana.id)
    db_session.add(invitation)
    db_session.commit()
    happen(
        app, CommentHeld(comment_id=held.id), CommentHearted(comment_id=hearted.id),
        ThingReposted(user_id=ana.id, kind="media", subject_id=medium.id),
        EditorInvited(invitation_id=invitation.id), *add_follows(db_session, [ana.id], artist),
    )  # fmt: skip
    settle()
    assert sorted(counts(db_session, artist)) == [("follower", 1), ("held", 1), ("repost", 1)]
    assert sorted(counts(db_session, ana)) == [("heart", 1), ("invitation", 1)]
    hers = login(browser_of(app), ana)
    page = hers.get("/notifications").text
    line = next(one for one in told(db_session, ana) if one.kind.value == "invitation")
    assert hers.get(f"/notifications/{line.id}").location == f"/sets/invitations/{invitation.token}"
    assert "invited you to work on" in page
    assert "gave a heart to your comment on" in page
    assert "wrote a comment that waits for you on" in login(browser_of(app), artist).get("/notifications").text


def test_what_ceased_to_be_for_ones_eyes_is_not_listed(
    app: Flask, db_session: Session, make_person: MakePerson, make_medium: MakeMedium, settle: Settle, login: Login,
    client: Browser,
) -> None:  # fmt: skip
    artist, ana, ben = make_person(role="artist"), make_person(), make_person()
    medium = make_medium(artist, title="Gone Tomorrow")
    begun = add_comment(db_session, ana, medium, "what is this?")
    answer = add_comment(db_session, ben, medium, "a theremin", thread_id=begun.id, answers_id=begun.id)
    happen(app, written(answer))
    settle()
    login(client, ana)
    assert "Gone Tomorrow" in client.get("/notifications").text
    where = f"/notifications/{told(db_session, ana)[0].id}"
    db_session.execute(update(Medium).values(visibility=Visibility.PRIVATE))
    db_session.commit()
    assert "Gone Tomorrow" not in client.get("/notifications").text
    assert client.get(where).status_code == 404
    db_session.execute(update(Medium).values(visibility=Visibility.PUBLIC))
    db_session.execute(update(Comment).where(Comment.id == answer.id).values(state=CommentState.DELETED, body=""))
    db_session.commit()
    assert "Gone Tomorrow" not in client.get("/notifications").text


def test_a_block_takes_back_what_was_told_of_the_other(
    app: Flask, db_session: Session, make_person: MakePerson, make_medium: MakeMedium, settle: Settle
) -> None:
    artist, ana, ben = make_person(role="artist"), make_person(), make_person()
    medium = make_medium(artist)
    happen(app, *add_likes(db_session, [ben.id, ana.id], medium), *add_follows(db_session, [ana.id], artist))
    settle()
    assert sorted(counts(db_session, artist)) == [("follower", 1), ("like", 2)]
    happen(app, PersonBlocked(blocker_id=artist.id, blocked_id=ana.id))
    settle()
    assert [(one.kind.value, one.count, one.actor_id) for one in told(db_session, artist)] == [("like", 1, ben.id)]


def test_to_look_is_to_have_seen_and_to_follow_is_to_have_read(
    app: Flask, db_session: Session, make_person: MakePerson, make_medium: MakeMedium, settle: Settle, client: Browser,
    login: Login,
) -> None:  # fmt: skip
    artist, fan = make_person(role="artist", username="ada"), make_person()
    medium = make_medium(artist, slug="night-bus")
    happen(app, *add_likes(db_session, [fan.id], medium), *add_follows(db_session, [fan.id], artist))
    settle()
    login(client, artist)
    assert "2 new" in client.get_partial("/notifications/count").text
    client.get("/notifications", headers={"Sec-Purpose": "prefetch"})
    assert "2 new" in client.get_partial("/notifications/count").text
    page = client.get("/notifications").text
    assert page.count("notice--new") == 2
    assert "2 new" not in page
    assert " new" not in client.get_partial("/notifications/count").text
    assert "notice--new" not in client.get("/notifications").text
    like = next(one for one in told(db_session, artist) if one.kind.value == "like")
    answer = client.get(f"/notifications/{like.id}")
    assert (answer.status_code, answer.location) == (303, "/@ada/night-bus")
    assert [bool(one.read_at) for one in told(db_session, artist) if one.id == like.id] == [True]
    assert client.submit("/notifications/read").status_code == 303
    assert all(one.read_at for one in told(db_session, artist))


def test_the_menu_of_the_bell_shows_the_latest_few(
    app: Flask, db_session: Session, make_person: MakePerson, make_medium: MakeMedium, settle: Settle, client: Browser,
    login: Login,
) -> None:  # fmt: skip
    artist = make_person(role="artist")
    fans = add_people(db_session, 10)
    for fan in fans:
        happen(app, *add_likes(db_session, [fan], make_medium(artist)))
    settle()
    login(client, artist)
    assert client.get_partial("/notifications/menu").text.count('<a class="notice') == 8
    assert "Nothing yet" in login(browser_of(app), make_person()).get_partial("/notifications/menu").text


def test_anothers_notification_is_nowhere(
    app: Flask, db_session: Session, make_person: MakePerson, make_medium: MakeMedium, settle: Settle, client: Browser,
    login: Login,
) -> None:  # fmt: skip
    artist, fan = make_person(role="artist"), make_person()
    happen(app, *add_likes(db_session, [fan.id], make_medium(artist)))
    settle()
    assert login(client, fan).get(f"/notifications/{told(db_session, artist)[0].id}").status_code == 404
    assert browser_of(app).get("/notifications").status_code == 303
    parts = ("/notifications/count", "/messages/count", "/notifications/menu")
    assert {browser_of(app).get_partial(part).status_code for part in parts} == {401}


def test_pages_follow_each_other_and_cost_the_same(
    app: Flask, db_session: Session, make_person: MakePerson, make_medium: MakeMedium, settle: Settle, client: Browser,
    login: Login, count_statements: CountStatements,
) -> None:  # fmt: skip
    artist = make_person(role="artist")
    media = [make_medium(artist, title=f"Work number {number:02d}", with_version=False) for number in range(30)]
    fans = add_people(db_session, 31)
    for medium in media:
        happen(app, *add_likes(db_session, fans[:3], medium))
    comment = add_comment(db_session, make_person(), media[0], f"@{artist.username}")
    post = Post(author_id=artist.id, body_markdown="hello")
    db_session.add(post)
    db_session.flush()
    db_session.add(Like(user_id=fans[0], post_id=post.id))
    db_session.commit()
    happen(app, written(comment), *add_follows(db_session, fans, artist))
    settle()
    login(client, artist)
    with count_statements() as first:
        page = client.get("/notifications")
    assert len(first) <= 8, first
    found = re.search(r'href="(/notifications\?after=[^"]+)"', page.text)
    assert found
    with count_statements() as second:
        rest = client.get_partial(found[1])
    assert len(second) <= 8, second
    names = re.findall(r"Work number \d\d", page.text + rest.text)
    assert len(set(names)) == 30
    assert client.get("/notifications?after=nonsense").status_code == 400


def test_a_frame_costs_one_statement_for_both_counts(
    make_person: MakePerson, client: Browser, login: Login, count_statements: CountStatements
) -> None:
    login(client, make_person())
    with count_statements() as seen:
        client.get_partial("/notifications/count")
    assert len([one for one in seen if "notifications" in one]) == 1


def test_redis_flushed_with_work_queued_delays_and_loses_nothing(
    app: Flask, db_session: Session, make_person: MakePerson, make_medium: MakeMedium, run_spine: RunSpine,
    settle: Settle,
) -> None:  # fmt: skip
    artist, fan = make_person(role="artist"), make_person()
    medium = make_medium(artist)
    happen(app, written(add_comment(db_session, fan, medium, "first")), *add_likes(db_session, [fan.id], medium))
    run_spine()
    with app.app_context():
        redis().flushall()
    settle()
    assert counts(db_session, artist) == [("like", 1)]
    with app.app_context():
        db.session.execute(update(OutboxEntry).values(delivered_at=now() - PATIENCE - timedelta(seconds=1)))
        ring_again()
        db.session.commit()
    settle()
    settle()
    assert sorted(counts(db_session, artist)) == [("comment", 1), ("like", 1)]


def test_what_was_seen_is_forgotten_after_ninety_days(
    app: Flask, db_session: Session, make_person: MakePerson, make_medium: MakeMedium, settle: Settle
) -> None:
    artist, fan = make_person(role="artist"), make_person()
    old, unseen, young = (make_medium(artist) for _ in range(3))
    for medium in (old, unseen, young):
        happen(app, *add_likes(db_session, [fan.id], medium))
    settle()
    long_ago = now() - timedelta(days=91)
    table = Notification
    db_session.execute(update(table).where(table.medium_id != young.id).values(happened_at=long_ago))
    db_session.execute(update(table).where(table.medium_id != unseen.id).values(seen_at=now()))
    db_session.commit()
    with app.app_context():
        assert retention.obey_one("notifications") == 1
    assert {one.medium_id for one in told(db_session, artist)} == {unseen.id, young.id}
    assert db_session.query(NotificationEvent).count() == 2


def test_follow_rows_that_are_gone_tell_nobody(
    app: Flask, db_session: Session, make_person: MakePerson, settle: Settle
) -> None:
    artist, fan = make_person(role="artist"), make_person()
    events = add_follows(db_session, [fan.id], artist)
    db_session.execute(delete(Follow))
    db_session.commit()
    happen(app, *events)
    settle()
    assert told(db_session, artist) == []
