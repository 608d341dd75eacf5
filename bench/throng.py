"""A crowd by INSERT … SELECT: people, works, posts and reposts, the activities of all that, and who follows whom."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

TABLES = ("users", "media", "posts", "reposts", "activities", "follows")
BORN, MADE, DONE = 1_600_000_000_000, 1_650_000_000_000, 1_700_000_000_000
"""When people came, works were made, and things were done, in milliseconds since 1970."""

PEOPLE = """
INSERT INTO users (id, username, username_key, email, email_key, password_digest, role, display_name, created_at)
SELECT {user_n}, 'crowd' || n, 'crowd' || n, n || '@crowd', n || '@crowd', '', 'artist', 'Crowd ' || n, now()
FROM generate_series(1, {people}) n
"""
WORKS = """
INSERT INTO media (id, public_id, owner_id, kind, realm_slug, slug, title, visibility, published_at, listed, state,
                   duration_ms, bars, created_at)
SELECT {medium_n}, 'crowd' || n, {owner}, 'audio', 'music', 'crowd-' || n, 'Work ' || n, 'public',
       now() - n * interval '1 second', true, 'ready', 180000, '\\x80ff4020', now()
FROM generate_series(1, {fifth}) n
"""
POSTS = """
INSERT INTO posts (id, public_id, author_id, body_markdown, comments_policy, created_at)
SELECT {post_n}, 'crowd' || n, {author}, 'Words ' || n, 'open', now() FROM generate_series(1, {fifth}) n
"""
REPOSTS = """
INSERT INTO reposts (id, user_id, medium_id, caption, created_at)
SELECT {repost_n}, {reposter}, {reposted}, '', now() FROM generate_series(1, 3 * {fifth}) n ON CONFLICT DO NOTHING
"""
ACTIVITIES = """
INSERT INTO activities (id, actor_id, verb, medium_id, post_id, happened_at)
SELECT {activity_n}, actor_id, verb, medium_id, post_id, now()
FROM (SELECT things.*, row_number() OVER () AS n FROM (
        SELECT owner_id AS actor_id, 'published' AS verb, id AS medium_id, NULL::uuid AS post_id FROM media
        UNION ALL SELECT author_id, 'published', NULL, id FROM posts
        UNION ALL SELECT user_id, 'reposted', medium_id, NULL FROM reposts) things) things
"""
FOLLOWED = """
INSERT INTO follows (follower_id, followed_id, created_at)
SELECT '{reader}', {user_n}, now() - n * interval '1 second' FROM generate_series(1, {followed}) n
"""
FANS = """
INSERT INTO follows (follower_id, followed_id, created_at)
SELECT {fan}, '{star}', now() - n * interval '1 millisecond' FROM generate_series(1, {fans}) n
"""


@dataclass(frozen=True)
class Sizes:
    """How large a crowd is. A fifth of the activities are works, a fifth are posts, the rest are reposts of works."""

    activities: int = 1_000_000
    actors: int = 20_000
    followed: int = 5_000
    """How many of the actors the reader follows."""
    fans: int = 1_000_000
    """How many follow the star, and do nothing else."""


def gather(session: Session, sizes: Sizes, *, reader: UUID, star: UUID) -> None:
    """Fill the tables; the same sizes make the same rows. Commits, and vacuums."""
    fifth = sizes.activities // 5
    names = {
        "people": sizes.actors + sizes.fans, "fifth": fifth, "followed": sizes.followed, "fans": sizes.fans,
        "reader": reader, "star": star, "user_n": _user("n"), "fan": _user(f"n + {sizes.actors}"),
        "medium_n": _id("m", "n", str(MADE)), "post_n": _id("p", "n", str(MADE)), "repost_n": _id("r", "n", str(MADE)),
        "owner": _user(f"1 + n::bigint * 7919 % {sizes.actors}"),
        "author": _user(f"1 + n::bigint * 104729 % {sizes.actors}"),
        "reposter": _user(f"1 + (n::bigint * 7919 + n / {fifth}) % {sizes.actors}"),
        "reposted": _id("m", f"1 + n % {fifth}", str(MADE)),
        "activity_n": _id("a", "n", f"{DONE} + (hashint8(n)::bigint + 2147483648) % {sizes.activities * 10}"),
    }  # fmt: skip
    for statement in (PEOPLE, WORKS, POSTS, REPOSTS, ACTIVITIES, FOLLOWED, FANS):
        session.execute(text(statement.format_map(names).replace(":", r"\:")))
    session.commit()
    with session.get_bind().engine.connect().execution_options(isolation_level="AUTOCOMMIT") as vacuuming:
        vacuuming.execute(text(f"VACUUM (ANALYZE) {', '.join(TABLES)}"))


def fan_ids(session: Session, sizes: Sizes, count: int) -> list[UUID]:
    """The ids of some of the star's fans."""
    query: Any = text("SELECT id FROM users WHERE username_key = ANY(:names)")
    names = [f"crowd{sizes.actors + 1 + number}" for number in range(count)]
    return list(session.scalars(query, {"names": names}))


def _user(number: str) -> str:
    return _id("u", number, f"{BORN} + ({number})")


def _id(kind: str, number: str, milliseconds: str) -> str:
    """SQL for a version 7 UUID: the moment in front, then a digest of what it is for."""
    digest = f"md5('{kind}' || ({number}))"
    return (
        f"(lpad(to_hex(({milliseconds})::bigint), 12, '0') || '7' || substr({digest}, 1, 3) || '8'"
        f" || substr({digest}, 4, 15))::uuid"
    )
