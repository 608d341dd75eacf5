"""The demo's community: what is in ``talk`` done by the same services as anyone's clicks. A second time, nothing."""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.demo import talk
from app.demo.desk import seed_desk
from app.demo.reports import seed_reports
from app.extensions import db
from app.media.models import Medium
from app.media.queries import find_by_public_id
from app.messaging.services import sending
from app.playlists.models import Set, SetKind
from app.playlists.services import items, sets
from app.social import subjects
from app.social.models import Follow
from app.social.services import comments, graph, polls, posts, reactions


def seed_community(public_url: str) -> None:
    """Let the demo's people follow, like, comment, collect, post and write, as far as the works are there.

    Commits. Does nothing where somebody of the demo follows somebody already.
    """
    named = {name for pair in talk.FOLLOWS.items() for name in (pair[0], *pair[1])}
    people = {
        user.username: user
        for user in db.session.scalars(
            select(User).options(joinedload(User.avatar)).where(User.username.in_(named))
        ).unique()
    }
    if named - set(people) or db.session.scalar(
        select(Follow.followed_id).where(Follow.follower_id == people["front_row"].id).limit(1)
    ):
        return
    works = _works(people.values())
    _follow(people)
    _react(people, works)
    db.session.commit()
    for said in talk.COMMENTS:
        if said.work in works:
            _say(said, people, works[said.work])
    db.session.commit()
    _collect(people, works)
    _write(people, works, public_url)
    seed_reports(people, works)
    seed_desk(people.get("stage_manager"))
    db.session.commit()
    for number, (sender, reader, words) in enumerate(talk.MESSAGES):
        sending.send_message(people[sender], people[reader], sending.Draft(words, f"demo-message-{number}"))
        db.session.commit()


def _works(people: Iterable[User]) -> dict[str, Medium]:
    ids = [user.id for user in people]
    query = select(Medium.slug, Medium.public_id).where(Medium.owner_id.in_(ids), Medium.listed)
    found = {slug: find_by_public_id(public_id) for slug, public_id in db.session.execute(query).all()}
    return {slug: medium for slug, medium in found.items() if medium is not None}


def _follow(people: dict[str, User]) -> None:
    for follower, followed in talk.FOLLOWS.items():
        for name in followed:
            graph.follow_person(people[follower].id, people[name].id)


def _react(people: dict[str, User], works: dict[str, Medium]) -> None:
    for name, slugs in talk.LIKES.items():
        for slug in slugs:
            if slug in works:
                reactions.like_thing(people[name], subjects.of_medium(works[slug]))
    for name, passed_on in talk.REPOSTS.items():
        for slug, caption in passed_on:
            if slug in works:
                reactions.repost_thing(people[name], subjects.of_medium(works[slug]), caption=caption)


def _say(said: talk.Said, people: dict[str, User], medium: Medium) -> None:
    subject = subjects.of_medium(medium)
    at_ms = round(said.at * medium.duration_ms) if said.at is not None else None
    comment = comments.write_comment(subject, comments.Draft(body=said.words, at_ms=at_ms), by=people[said.by])
    for name, words in said.answers:
        draft = comments.Draft(body=words, answers=comment.public_id)
        comments.write_comment(subject, draft, by=people[name])
    for name in said.liked_by:
        reactions.like_thing(people[name], subjects.of_comment(comment, subject))


def _collect(people: dict[str, User], works: dict[str, Medium]) -> None:
    for collected in talk.SETS:
        owner = people[collected.by]
        details = sets.SetDetails(
            title=collected.title, kind=SetKind(collected.kind), description=collected.description
        )
        one: Set = sets.create_set(owner, details)
        for slug, note in collected.works:
            if slug in works:
                item = items.add_item(one, works[slug], by=owner)
                items.edit_item(one, item.id, by=owner, note=note, season=item.season, episode=item.episode)
        db.session.commit()


def _write(people: dict[str, User], works: dict[str, Medium], public_url: str) -> None:
    for written in talk.POSTS:
        author = people[written.by]
        work = works.get(written.work)
        draft = posts.Draft(
            body=written.words,
            answers=written.answers,
            lasts=timedelta(days=7),
            work=f"{public_url}/@{work.owner.username}/{work.slug}" if work else "",
        )
        post = posts.write_post(author, draft, public_url=public_url)
        db.session.flush()
        for name, choice in written.votes:
            polls.vote(post, people[name], choice)
        db.session.commit()
