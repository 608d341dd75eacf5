"""Telling everyone who follows somebody: in chunks, each of which moves the mark in the transaction that told it.

Publishing writes nothing of this: the spine makes one row, a job goes through the followers. Whoever takes the row's
lock does the next chunk, so that two jobs at once share the work, and a killed one costs its chunk and no more.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Row, exists, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import now
from app.core.ids import uuid7
from app.extensions import db
from app.media import gate
from app.media.models import Medium
from app.messaging.kinds import NoticeKind
from app.messaging.models import FanOut
from app.messaging.services.notices import DELIVERIES, RULES_VALUES
from app.playlists.models import Set, SetKind
from app.social.models import Follow, Post

CHUNK = 2000
"""Followers a transaction: some 100 ms of work, which is what a killed job costs."""

NEWS = timedelta(days=7)
RELEASED = {SetKind.ALBUM, SetKind.EP, SetKind.SINGLE, SetKind.SERIES, SetKind.PODCAST}

_TELL = text(
    f"""
WITH wanted AS (
  SELECT f.id AS recipient_id, coalesce(c.in_app, d.in_app) AS in_app, d.push_again, d.push_after,
    CASE WHEN u.email_verified_at IS NULL OR coalesce(c.mail, d.mail) = 'off' THEN 'none'
         ELSE coalesce(c.mail, d.mail) END AS mail,
    coalesce(c.push, d.push) AND EXISTS (SELECT 1 FROM push_subscriptions s WHERE s.user_id = u.id) AS push
  FROM unnest(CAST(:followers AS uuid[])) AS f (id)
  JOIN users u ON u.id = f.id AND u.deletion_due_at IS NULL
  JOIN (VALUES {RULES_VALUES}) AS d (kind, in_app, mail, push, push_again, push_after) ON d.kind = :kind
  LEFT JOIN notification_choices c ON c.user_id = u.id AND c.kind = d.kind
  WHERE NOT EXISTS (SELECT 1 FROM apart a WHERE a.person_id = u.id AND a.other_id = :actor_id)
    AND NOT EXISTS (SELECT 1 FROM mutes m WHERE m.muter_id = u.id AND m.muted_id = :actor_id)
), inserted AS (
  INSERT INTO notifications (id, recipient_id, kind, key, actor_id, medium_id, set_id, post_id, count, in_app,
    happened_at, mail_state)
  SELECT gen_random_uuid(), recipient_id, :kind, :key, :actor_id, CAST(:medium_id AS uuid), CAST(:set_id AS uuid),
    CAST(:post_id AS uuid), 1,
    in_app, :moment, mail
  FROM wanted WHERE in_app OR mail <> 'none' OR push
  ON CONFLICT (recipient_id, key) DO NOTHING RETURNING id, recipient_id
), written AS (
  SELECT i.id, i.recipient_id, w.push, w.push_again, w.push_after FROM inserted i JOIN wanted w USING (recipient_id)
), delivered AS ({DELIVERIES}
)
SELECT w.recipient_id FROM written w
WHERE EXISTS (SELECT 1 FROM sessions s WHERE s.user_id = w.recipient_id AND s.revoked_at IS NULL
  AND s.last_seen_at > :moment - interval '1 hour')
"""  # noqa: S608 - constants of ours  # nosec B608
)


def begin_of_medium(medium_id: UUID) -> bool:
    """Note that a medium is to be told of, if everyone can find it now and it is new. Twice is once.

    What was published long ago and comes back into the listings is no release. The caller commits.
    """
    medium = db.session.get(Medium, medium_id)
    if medium is None or not gate.is_public(medium) or medium.published_at is None:
        return False
    return medium.published_at > now() - NEWS and _begin(actor_id=medium.owner_id, medium_id=medium_id)


def begin_of_set(set_id: UUID) -> bool:
    """Likewise of a set that is a work of its own: an album or a series, not somebody's playlist."""
    one = db.session.get(Set, set_id)
    if one is None or one.kind not in RELEASED or not gate.is_public(one) or one.published_at is None:
        return False
    return one.published_at > now() - NEWS and _begin(actor_id=one.owner_id, set_id=set_id)


def begin_of_post(post_id: UUID) -> bool:
    """Likewise of a post."""
    post = db.session.get(Post, post_id)
    return post is not None and not post.withheld and _begin(actor_id=post.author_id, post_id=post_id)


def leave_untold(*, actor_id: UUID, medium_id: UUID) -> None:
    """Note that nobody is to be told of a medium, as it was released elsewhere, long ago. The caller commits."""
    moment = now()
    values = {"id": uuid7(), "actor_id": actor_id, "began_at": moment, "finished_at": moment, "told": 0}
    db.session.execute(insert(FanOut).values(medium_id=medium_id, **values).on_conflict_do_nothing())


def are_waiting() -> bool:
    """Whether somebody is still to be told of something."""
    return bool(db.session.scalar(select(exists().where(FanOut.finished_at.is_(None)))))


def tell_next_chunk() -> list[UUID] | None:
    """Tell the next followers of a fan-out that nobody else works on at this moment. The caller commits.

    Returns those of them who were here within the last hour, whose pages may be open; None where nothing waits.
    """
    query = select(FanOut).where(FanOut.finished_at.is_(None)).order_by(FanOut.id).limit(1)
    fan_out = db.session.scalar(query.with_for_update(skip_locked=True))
    if fan_out is None:
        return None
    if not _still_holds(fan_out):
        fan_out.finished_at = now()
        return []
    rows = _next_followers(fan_out)
    if len(rows) < CHUNK:
        fan_out.finished_at = now()
    if not rows:
        return []
    here = db.session.scalars(_TELL, {**_words_of(fan_out), "followers": [row.follower_id for row in rows]}).all()
    fan_out.at, fan_out.follower_id = rows[-1].created_at, rows[-1].follower_id
    fan_out.told += len(rows)
    return list(here)


def _begin(*, actor_id: UUID, **about: UUID) -> bool:
    statement = insert(FanOut).values(id=uuid7(), actor_id=actor_id, began_at=now(), told=0, **about)
    made = db.session.execute(statement.on_conflict_do_nothing().returning(FanOut.id)).first()
    return made is not None


def _still_holds(fan_out: FanOut) -> bool:
    """Whether those who are told can still see it: it may have been taken back half-way."""
    if fan_out.medium_id is not None:
        medium = db.session.get(Medium, fan_out.medium_id)
        return medium is not None and gate.is_public(medium)
    if fan_out.set_id is not None:
        one = db.session.get(Set, fan_out.set_id)
        return one is not None and gate.is_public(one)
    post = db.session.get(Post, fan_out.post_id)
    return post is not None and not post.withheld


def _next_followers(fan_out: FanOut) -> Sequence[Row[datetime, UUID]]:
    """The next ones by when they began to follow; those whose bell is off are passed over here."""
    place = tuple_(Follow.created_at, Follow.follower_id)
    query = (
        select(Follow.created_at, Follow.follower_id)
        .where(Follow.followed_id == fan_out.actor_id, Follow.rings, Follow.created_at <= fan_out.began_at)
        .order_by(Follow.created_at, Follow.follower_id)
        .limit(CHUNK)
    )
    if fan_out.at is not None:
        query = query.where(place > (fan_out.at, fan_out.follower_id))
    return db.session.execute(query).all()


def _words_of(fan_out: FanOut) -> dict[str, object]:
    kind = NoticeKind.POST if fan_out.post_id is not None else NoticeKind.RELEASE
    return {
        "kind": kind.value,
        "key": f"{kind}:{fan_out.medium_id or fan_out.set_id or fan_out.post_id}",
        "actor_id": fan_out.actor_id,
        "medium_id": fan_out.medium_id,
        "set_id": fan_out.set_id,
        "post_id": fan_out.post_id,
        "moment": now(),
    }
