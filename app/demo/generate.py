"""A made-up community of any size, by COPY: the same seed makes the same rows. Its media have no files to play."""

import hashlib
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.types.json import Jsonb
from sqlalchemy import select, text

from app.accounts.names import username_key
from app.core.ids import BASE58
from app.core.pictures import Picture
from app.demo.words import FIRST_NAMES, GENRES, NAME_ENDS, TAGS, TITLE_ENDS, TITLE_STARTS
from app.extensions import db
from app.media.services.slugs import slugify

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
SPAN_DAYS = 2100
KINDS = (("music", "audio"), ("screen", "video"), ("voice", "audio"))
KIND_WEIGHTS = (70, 15, 15)
MOST_PICTURES = 64
NO_DIGEST = b"!"
"""No password makes this digest, so nobody can log in as a generated person."""

USER_COLUMNS = "id,username,username_key,email,email_key,password_digest,role,display_name,location,created_at"
VERSION_COLUMNS = (
    "id,medium_id,number,delivery_key,state,original_key,original_name,size_bytes,duration_ms,created_at,"
    "original_used_at"
)
MEDIUM_COLUMNS = (
    "id,public_id,owner_id,kind,realm_slug,slug,title,description_markdown,genre,tags,visibility,published_at,listed,"
    "state,version_id,artwork_id,duration_ms,bars,created_at,credits"
)


def generate(*, people: int, media: int, random_seed: int) -> float:
    """Add the community of ``random_seed`` and return the seconds that it took. Commits.

    Media belong to few people much and to many a little, as in life. Foreign keys between media and versions go round
    in a circle, so versions are linked after both are there.

    Raises:
        psycopg.errors.UniqueViolation: this seed's community is there already; nothing is added.
    """
    began = time.perf_counter()
    chance = random.Random(random_seed)  # noqa: S311 - made-up rows, not secrets  # nosec B311
    pictures = list(db.session.scalars(select(Picture.id).order_by(Picture.id).limit(MOST_PICTURES)))
    connection: Any = db.session.connection().connection.driver_connection
    with connection.cursor() as cursor:
        owners = _copy_people(cursor, chance, people, random_seed)
        cursor.execute("CREATE TEMPORARY TABLE links (medium_id uuid, version_id uuid) ON COMMIT DROP")
        _copy_media(cursor, chance, media, owners, pictures, random_seed)
        cursor.execute(
            f"INSERT INTO versions ({VERSION_COLUMNS}) "  # noqa: S608 - our own constants  # nosec B608
            "SELECT l.version_id, m.id, 1, md5(m.id::text), 'ready', 'originals/' || md5(m.id::text), m.slug, 4000000,"
            " m.duration_ms, m.created_at, m.created_at FROM links l JOIN media m ON m.id = l.medium_id"
        )
        cursor.execute("UPDATE media SET version_id = l.version_id FROM links l WHERE l.medium_id = media.id")
    db.session.commit()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as vacuuming:
        for table in ("users", "media", "versions"):
            vacuuming.execute(text(f"VACUUM (ANALYZE) {table}"))
    return time.perf_counter() - began


def _copy_people(cursor: Cursor[Any], chance: random.Random, people: int, seed: int) -> list[UUID]:
    owners = []
    with cursor.copy(f"COPY users ({USER_COLUMNS}) FROM STDIN") as copy:
        for number in range(people):
            first, last = chance.choice(FIRST_NAMES), chance.choice(NAME_ENDS)
            username = f"{slugify(first).replace('-', '')[:12]}_{_code(seed, number)}"
            made_at = EPOCH + timedelta(days=chance.random() * SPAN_DAYS)
            user_id = _uuid(made_at, chance)
            owners.append(user_id)
            email = f"{username}@example.org"
            copy.write_row(
                (user_id, username, username_key(username), email, email, NO_DIGEST, "artist",
                 f"{first} {last}", "", made_at)
            )  # fmt: skip
    return owners


def _copy_media(
    cursor: Cursor[Any], chance: random.Random, media: int, owners: list[UUID], pictures: list[UUID], seed: int
) -> None:
    links: list[tuple[UUID, UUID]] = []
    with cursor.copy(f"COPY media ({MEDIUM_COLUMNS}) FROM STDIN") as copy:
        for row, version_id in _media_rows(chance, media, owners, pictures, seed):
            copy.write_row(row)
            links.append((row[0], version_id))
    with cursor.copy("COPY links FROM STDIN") as copy:
        for link in links:
            copy.write_row(link)


def _media_rows(
    chance: random.Random, media: int, owners: list[UUID], pictures: list[UUID], seed: int
) -> Iterator[tuple[tuple[Any, ...], UUID]]:
    shapes = [_bars(chance) for _ in range(200)]
    step = timedelta(days=SPAN_DAYS) / media
    for number in range(media):
        realm, kind = chance.choices(KINDS, KIND_WEIGHTS)[0]
        title = f"{chance.choice(TITLE_STARTS)} {chance.choice(TITLE_ENDS)}"
        made_at = EPOCH + step * number
        medium_id = _uuid(made_at, chance)
        public = chance.random() < 0.95
        # The square of a random number puts most works with few people.
        owner = owners[int(chance.random() ** 2 * len(owners))]
        seconds = int(chance.lognormvariate(5.4, 0.6))
        yield (
            (
                medium_id, _public_id(seed, number), owner, kind, realm, f"{slugify(title)}-{number}", title,
                f"{title}. {chance.choice(TITLE_ENDS).capitalize()}.", chance.choice(GENRES[realm]),
                chance.sample(TAGS, 3), "public" if public else "private", made_at, public, "ready", None,
                chance.choice(pictures) if pictures else None, seconds * 1000,
                chance.choice(shapes) if kind == "audio" else b"", made_at, Jsonb([]),
            ),
            _uuid(made_at, chance),
        )  # fmt: skip


def _bars(chance: random.Random) -> bytes:
    """A waveform in small that looks like a piece with an intro, a build and an end."""
    level, bars = 0.3, []
    for index in range(200):
        level = min(1.0, max(0.05, level + chance.uniform(-0.12, 0.12)))
        edge = min(1.0, index / 12, (199 - index) / 12)
        bars.append(int(255 * level * (0.2 + 0.8 * edge)))
    return bytes(bars)


def _uuid(moment: datetime, chance: random.Random) -> UUID:
    """A version 7 UUID of ``moment``, random by ``chance``."""
    value = int(moment.timestamp() * 1000) << 80 | chance.getrandbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def _public_id(seed: int, number: int) -> str:
    value = int.from_bytes(hashlib.sha256(f"{seed}/{number}".encode()).digest()[:8])
    letters = []
    for _ in range(11):
        value, digit = divmod(value, 58)
        letters.append(BASE58[digit])
    return "".join(letters)


def _code(seed: int, number: int) -> str:
    """A short name part that no other person of any seed has, made of letters that no other is mistaken for."""
    value, letters = number + seed * 10_000_000, []
    while value:
        value, digit = divmod(value, 16)
        letters.append("acdefghkmnpqtxyz"[digit])
    return "".join(reversed(letters)) or "a"
