"""What the addresses in a notice lead to. Only what strangers may see is found: nothing is told of what is hidden."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from app.accounts import queries as account_queries
from app.media import gate
from app.media import queries as media_queries
from app.media.gate import Action
from app.media.models import Medium
from app.moderation.refs import Ref, RefKind, find_thing
from app.playlists import queries as set_queries
from app.playlists.models import Set
from app.social.errors import SubjectNotFound
from app.social.services.works import path_here
from app.social.subjects import Subject, SubjectKind, get_subject

MANY = 3
EMBEDS = {"media": SubjectKind.MEDIUM, "sets": SubjectKind.SET}
_KINDS = {
    SubjectKind.MEDIUM: RefKind.MEDIUM,
    SubjectKind.SET: RefKind.SET,
    SubjectKind.POST: RefKind.POST,
    SubjectKind.COMMENT: RefKind.COMMENT,
}


@dataclass(frozen=True, slots=True)
class Nobody:
    """A stranger, as whom every address is looked up, whoever complains: a block must not keep a notice away."""

    id: None = None
    is_adult: bool = True
    """What is for adults can be somebody else's work, too."""

    def is_apart_from(self, _person_id: UUID, /) -> bool:
        """From nobody."""
        return False


@dataclass(frozen=True, slots=True)
class Complained:
    """A thing that an address leads to."""

    ref: Ref
    title: str
    address: str
    owner_id: UUID


@dataclass(slots=True)
class Resolved:
    """What became of the addresses of a notice; each thing once."""

    found: list[Complained] = field(default_factory=list)
    unfound: list[str] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    """Those that lead to a whole account: a notice has to say which works."""


def lines_of(text: str) -> list[str]:
    """The addresses in a field, one a line, each once."""
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def resolve(addresses: Sequence[str], *, public_url: str) -> Resolved:
    """What each address leads to, in a few statements an address."""
    resolved, seen = Resolved(), set[Ref]()
    for address in addresses:
        found = _find(address, public_url)
        if found is None:
            (resolved.accounts if _is_account(address, public_url) else resolved.unfound).append(address)
        elif found.ref not in seen:
            seen.add(found.ref)
            resolved.found.append(found)
    return resolved


def _find(address: str, public_url: str) -> Complained | None:
    path = path_here(address, public_url)
    if not path or not path.startswith("/") or "\0" in path:
        return None
    parts = path[1:].split("/")
    asked = parse_qs(urlsplit(address).query)
    secret = asked.get("s", [None])[-1]
    comment = asked.get("comment", [None])[-1]
    if comment is not None:
        return _subject(SubjectKind.COMMENT, comment, secret)
    if parts[0] == "comments" and len(parts) > 1:
        return _subject(SubjectKind.COMMENT, parts[1], secret)
    if parts[0] == "embed" and len(parts) == MANY and parts[1] in EMBEDS:
        return _subject(EMBEDS[parts[1]], parts[2], secret)
    if not parts[0].startswith("@") or len(parts) not in {2, MANY}:
        return None
    if len(parts) == MANY and parts[1] == "posts":
        return _subject(SubjectKind.POST, parts[2], secret)
    return _work(parts, secret)


def _work(parts: Sequence[str], secret: str | None) -> Complained | None:
    """A medium or a set by its owner's name and its own."""
    owner = account_queries.find_person(parts[0][1:])
    if owner is None:
        return None
    found: Medium | Set | None = None
    if len(parts) == MANY:
        found = set_queries.find_by_address(owner, parts[2]) if parts[1] == "sets" else None
    else:
        found = media_queries.find_by_address(owner, parts[1])
    if found is None or not gate.decide(Nobody(), found, Action.SEE, secret=secret).allowed:
        return None
    return _complained(Ref(RefKind.MEDIUM if isinstance(found, Medium) else RefKind.SET, found.id))


def _subject(kind: SubjectKind, public_id: str, secret: str | None) -> Complained | None:
    try:
        found: Subject = get_subject(kind, public_id, Nobody(), secret)
    except SubjectNotFound:
        return None
    return _complained(Ref(_KINDS[kind], found.id))


def _complained(ref: Ref) -> Complained | None:
    thing = find_thing(ref)
    if thing is None or thing.owner_id is None or thing.hold is not None:
        return None
    return Complained(ref, thing.title, thing.url, thing.owner_id)


def _is_account(address: str, public_url: str) -> bool:
    path = path_here(address, public_url) or ""
    name = path.removeprefix("/@")
    return path.startswith("/@") and "/" not in name and account_queries.find_person(name) is not None
