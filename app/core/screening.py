"""Screening: what people are about to show or send is looked at first, by a screen that lower domains do not know.

A domain calls ``screen`` with the words, files and pictures of a thing before it publishes them, writes its row, and
then calls ``Verdict.settle`` with the row's id in the same transaction: what stands against the thing (a hold, a
report) is there when the row is. Who screens is handed in by ``app/wiring.py`` as ``app.extensions["screen"]``; without
one everything is clear, and costs nothing.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Any, Final, Protocol
from uuid import UUID

from flask import current_app, g, has_app_context

from app.core.errors import DomainError


class Screened(StrEnum):
    """What is looked at."""

    COMMENT = "comment"
    POST = "post"
    MEDIUM = "medium"
    SET = "set"
    PROFILE = "profile"
    USERNAME = "username"
    MESSAGE = "message"
    """To strangers alone: what people who know each other write is theirs."""
    LINK = "link"
    """What is written on a named link."""
    UPLOAD = "upload"
    """A file that is about to be sent; what is in it is looked at as part of its medium."""


KEPT_BACK: Final = frozenset({Screened.PROFILE, Screened.USERNAME, Screened.LINK})
"""What cannot be there and hidden: of these, a change that is stopped is not made."""


class Answer(IntEnum):
    """What a screen says, from least to most."""

    CLEAR = 0
    FLAG = 1
    """It may be seen, and moderators are told."""
    HOLD = 2
    """Nobody but its author sees it before a moderator has looked."""
    HIDE = 3
    """The rule decides: nobody but its author sees it unless a moderator decides otherwise; it waits for none."""


class Author(Protocol):
    """Whoever shows or sends something; a ``User``."""

    @property
    def id(self) -> UUID: ...  # noqa: D102 - as User's columns
    @property
    def created_at(self) -> datetime: ...  # noqa: D102
    @property
    def email_verified_at(self) -> datetime | None: ...  # noqa: D102
    @property
    def is_staff(self) -> bool: ...  # noqa: D102


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What is to be looked at. ``texts`` are by field; ``files`` SHA-256 in hexadecimal; ``pictures`` files made by us.

    ``author`` is None for somebody who has no account yet, ``subject_id`` for a thing that has no row yet.
    """

    kind: Screened
    author: Author | None
    texts: Mapping[str, str] = field(default_factory=dict)
    files: Sequence[str] = ()
    pictures: Sequence[Path] = ()
    subject_id: UUID | None = None
    is_first_showing: bool = False
    """Whether a work is shown to others for the first time."""
    is_brought_in: bool = False
    """Whether it is old and comes out of an archive: how much comes at once says nothing then."""

    @property
    def digest(self) -> bytes:
        """What tells one version of a thing from another: SHA-256 over its words, files and pictures."""
        parts = [part for name in sorted(self.texts) for part in (name, self.texts[name])]
        shown = [hashlib.sha256(picture.read_bytes()).hexdigest() for picture in self.pictures]
        return hashlib.sha256("\0".join([self.kind, *parts, *self.files, *shown]).encode(errors="replace")).digest()


class Refused(DomainError):
    """More than this person may do yet. The sentence says what, and when they may."""

    status = 429


class Screen(Protocol):
    """Whoever looks at what is to be shown."""

    def look(self, sample: Sample) -> "Verdict":
        """Say what is to become of a sample. Writes nothing.

        Raises:
            Refused: its author may not do so much yet.
        """

    def settle(self, verdict: "Verdict", subject_id: UUID | None) -> None:
        """Write down what was found of a thing that has a row now, in the caller's transaction."""

    def notes(self, kind: Screened, ids: Sequence[UUID]) -> Mapping[UUID, str]:
        """What the authors of these things are to read beside them; nothing for what is clear."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a screen said of a sample. ``reference`` names it to people; ``finds`` are the screen's own."""

    answer: Answer = Answer.CLEAR
    sample: Sample | None = None
    reference: str = ""
    finds: tuple[Any, ...] = ()

    @property
    def stops(self) -> bool:
        """Whether others are not to see it."""
        return self.answer >= Answer.HOLD

    @property
    def sentence(self) -> str:
        """What its author is told; empty where there is nothing to tell."""
        if not self.stops or self.sample is None:
            return ""
        if self.sample.kind in KEPT_BACK:
            if self.answer is Answer.HIDE:
                where = "Under My standing you read why, and can appeal. " if self.sample.author is not None else ""
                return (
                    f"This was not saved: it matches a rule of this place. Its reference is {self.reference}. "
                    f"{where}Should a moderator let it through, save it again."
                )
            return (
                f"This was not saved: it needs a look first. Its reference is {self.reference}. "
                "Once a moderator has let it through, save it again."
            )
        return note_of(self.answer, self.reference)

    def settle(self, subject_id: UUID | None = None) -> None:
        """Let what was found take effect on the thing whose row is ``subject_id``. The caller commits."""
        if not self.finds:
            return
        present = _present()
        if present is None:
            return
        present.settle(self, subject_id)
        if self.stops and has_app_context():
            g.setdefault("screening_notices", []).append(self.sentence)


def note_of(answer: Answer, reference: str) -> str:
    """What stands beside a thing that is held or hidden, for its author."""
    if answer is Answer.HIDE:
        return (
            f"Only you see this: it matches a rule of this place, and stays so unless a moderator decides otherwise. "
            f"Reference {reference}. Under My standing you read why, and can appeal."
        )
    return f"This waits for a look. Reference {reference}."


def screen(
    kind: Screened,
    author: Author | None,
    *,
    texts: Mapping[str, str] | None = None,
    files: Sequence[str] = (),
    pictures: Iterable[Path | None] = (),
    subject_id: UUID | None = None,
    is_first_showing: bool = False,
) -> Verdict:
    """What is to become of something that ``author`` wants to show or send; see ``Sample``.

    Raises:
        Refused: they may not do so much yet.
    """
    present = _present()
    if present is None:
        return Verdict()
    said = {name: kept for name, text in (texts or {}).items() if (kept := text.strip())}
    shown = tuple(picture for picture in pictures if picture is not None)
    return present.look(
        Sample(
            kind=kind, author=author, texts=said, files=tuple(files), pictures=shown, subject_id=subject_id,
            is_first_showing=is_first_showing, is_brought_in=g.get("screening_brought_in", False),
        )
    )  # fmt: skip


@contextmanager
def bringing_in() -> Iterator[None]:
    """What is screened in here is old and comes out of an archive that an operator takes in."""
    g.screening_brought_in = True
    try:
        yield
    finally:
        g.screening_brought_in = False


def notes_of(kind: Screened, ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """What is to stand beside these things for their authors, by id. Asks only where there is something to ask for."""
    present = _present()
    return present.notes(kind, ids) if present is not None and ids else {}


def notices() -> list[str]:
    """What was said in this request to whoever made it, of what they showed or sent."""
    return list(g.get("screening_notices", ())) if has_app_context() else []


def _present() -> Screen | None:
    found: Screen | None = current_app.extensions.get("screen") if has_app_context() else None
    return found
