"""What a few words on the desk can mean: an id, a public id, an address of ours, a name, an e-mail address."""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit
from uuid import UUID

from flask import current_app
from werkzeug.exceptions import HTTPException

from app.accounts import staff_queries
from app.accounts.staff_queries import PeopleWanted
from app.moderation.lookups import Found, by_public_id, by_row_id, medium_at, set_at

PUBLIC_ID: Final = re.compile(r"[1-9A-HJ-NP-Za-km-z]{8,16}")
MOST_PEOPLE: Final = 10


class Hit(NamedTuple):
    """Something that fits. ``is_exact``: by its own id or address, not by how it begins."""

    url: str
    title: str
    what: str
    is_exact: bool


def find_all(words: str, *, by_email: bool) -> list[Hit]:
    """Everything that ``words`` may mean, what is exact first; at most a dozen statements, each by an index."""
    hits: dict[str, Hit] = {}
    for hit in (*_exact(words), *_people(words, by_email=by_email)):
        hits.setdefault(hit.url, hit)
    return list(hits.values())


def _exact(words: str) -> Iterator[Hit]:
    if "/" in words:
        yield from _by_address(words)
    with suppress(ValueError):
        yield from map(_hit, by_row_id(UUID(words)))
    if PUBLIC_ID.fullmatch(words):
        yield from map(_hit, by_public_id(words))


def _by_address(words: str) -> Iterator[Hit]:
    """What lies at an address of ours, whole or from its first slash on."""
    try:
        path = unquote(urlsplit(words).path) if "://" in words else "/" + words.partition("?")[0].lstrip("/")
        endpoint, values = current_app.url_map.bind("").match(path, method="GET")
    except (HTTPException, ValueError):
        return
    if endpoint == "site.medium_show":
        yield from map(_hit, medium_at(values["username"], values["slug"]))
    elif endpoint == "set_pages.set_show":
        yield from map(_hit, set_at(values["username"], values["slug"]))
    elif "public_id" in values:
        yield from map(_hit, by_public_id(str(values["public_id"])))
    elif "username" in values:
        yield from _people(str(values["username"]), by_email=False)


def _people(words: str, *, by_email: bool) -> Iterator[Hit]:
    wanted = PeopleWanted(words=words, by_email=by_email)
    rows = staff_queries.people_rows(wanted, size=MOST_PEOPLE)[:MOST_PEOPLE]
    name = words.strip().removeprefix("@").lower()
    for row in rows:
        person = row.User
        is_exact = name in {person.username.lower(), str(person.id), person.email_key if by_email else ""}
        yield Hit(f"/admin/people/{person.id}", f"{person.display_name} (@{person.username})", "person", is_exact)


def _hit(found: Found) -> Hit:
    return Hit(found.url, found.title, found.what, is_exact=True)
