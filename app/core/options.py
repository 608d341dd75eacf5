"""Options: what operators may change while the place runs. What a process needs to start is a setting (``config.py``).

A domain registers its options where it uses them; only what differs from its default has a row. A process reads all
rows at once and remembers them for ``CACHE_SECONDS``, so asking costs next to nothing and a change is felt everywhere
within that time.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import ForeignKey, delete, event, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core import audit
from app.core.clock import now
from app.core.errors import DomainError
from app.extensions import Model, db

CACHE_SECONDS: Final = 3.0
MOST_CHARACTERS: Final = 20_000
MOST_LINES: Final = 1_000
_CHANGED: Final = "options_changed"

log = structlog.get_logger()


class OptionRow(Model):
    """An option that is not at its default."""

    __tablename__ = "options"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSONB)
    changed_at: Mapped[datetime] = mapped_column(default=now)
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    """Empty where a command did it, or whoever did it is gone."""


class Kind(StrEnum):
    """What an option's value is."""

    BOOL = "bool"
    INT = "int"
    """A whole number between the option's ``low`` and ``high``."""
    TEXT = "text"
    """Words, on one line unless the option is ``long``."""
    CHOICE = "choice"
    """One of the option's ``choices``."""
    LIST = "list"
    """Texts, written one a line; no two the same."""


class OptionRefused(DomainError):
    """The value is none for this option; the sentence says what would be."""

    sentence = "This value is not possible."


def _fine(_value: Any) -> None:
    """No further check."""


@dataclass(frozen=True, slots=True)
class Option:
    """Something that operators may change. ``label`` and ``explanation`` are for them."""

    name: str
    """``subject.what``, for good: rows and the audit log know it by this."""
    kind: Kind
    default: Any
    label: str
    explanation: str
    check: Callable[[Any], str | None] = _fine
    """Says in a sentence what is wrong with a value that is right by its kind; None where nothing is."""
    group: str = "General"
    low: int = 0
    high: int = 1_000_000_000
    unit: str = ""
    """What an INT counts, in words for people: days, minutes, megabytes."""
    choices: tuple[tuple[str, str], ...] = ()
    """Value and label of each choice."""
    long: bool = False
    usual: Callable[[], Any] | None = None
    """Says what it is while nobody has changed it, where that follows from the environment and not from ``default``."""

    def unchanged(self) -> Any:
        """What it is while nobody has changed it."""
        return self.default if self.usual is None else self.usual()

    def refuse(self, value: Any) -> str | None:
        """What is wrong with ``value``, as a sentence; None where it may be set."""
        return _RULES[self.kind](self, value) or self.check(value)

    def read(self, text: str) -> Any:
        """The value that someone wrote into a form or a command; that it may be set is not said yet.

        Raises:
            OptionRefused: it cannot be read as this kind.
        """
        if self.kind is Kind.BOOL:
            words = {"1": True, "on": True, "yes": True, "true": True, "y": True}
            return words.get(text.strip().lower(), False)
        if self.kind is Kind.INT:
            try:
                return int(text.strip())
            except ValueError:
                raise OptionRefused("This must be a whole number.") from None
        if self.kind is Kind.LIST:
            return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
        return text.replace("\r\n", "\n").strip()

    def write(self, value: Any) -> str:
        """``value`` as a form shows it, so that ``read`` reads it back."""
        if self.kind is Kind.BOOL:
            return "on" if value else "off"
        return "\n".join(value) if self.kind is Kind.LIST else str(value)


def _refuse_bool(_option: Option, value: Any) -> str | None:
    return None if isinstance(value, bool) else "This is on or off."


def _refuse_int(option: Option, value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return "This must be a whole number."
    return None if option.low <= value <= option.high else f"This lies between {option.low:,} and {option.high:,}."


def _refuse_text(option: Option, value: Any) -> str | None:
    if not isinstance(value, str) or "\0" in value:
        return "This must be text."
    if not option.long and "\n" in value:
        return "This is one line."
    return f"This has at most {MOST_CHARACTERS:,} characters." if len(value) > MOST_CHARACTERS else None


def _refuse_choice(option: Option, value: Any) -> str | None:
    return None if value in [key for key, _label in option.choices] else "Pick one of the choices."


def _refuse_list(_option: Option, value: Any) -> str | None:
    if not isinstance(value, list) or not all(isinstance(line, str) and line and "\0" not in line for line in value):
        return "Write one a line."
    if len(value) > MOST_LINES or sum(map(len, value)) > MOST_CHARACTERS:
        return f"This has at most {MOST_LINES:,} lines and {MOST_CHARACTERS:,} characters."
    return None


_RULES: Final[Mapping[Kind, Callable[[Option, Any], str | None]]] = {
    Kind.BOOL: _refuse_bool, Kind.INT: _refuse_int, Kind.TEXT: _refuse_text, Kind.CHOICE: _refuse_choice,
    Kind.LIST: _refuse_list,
}  # fmt: skip


# The registry ---------------------------------------------------------------------------------------------------------

_registry: dict[str, Option] = {}


def register(option: Option) -> Option:
    """Make an option known. Done when a module is imported; a second time with the same name must be the same option.

    Raises:
        ValueError: another has this name, or its default is none.
    """
    known = _registry.get(option.name)
    if known is not None and known != option:
        raise ValueError(f"There are two options called {option.name}.")
    wrong = option.refuse(option.default)
    if wrong:
        raise ValueError(f"The default of {option.name} is none: {wrong}")
    _registry[option.name] = option
    return option


def registered() -> list[Option]:
    """Every option, in the order in which the application made them known."""
    return list(_registry.values())


def find_option(name: str) -> Option | None:
    """The option of this name."""
    return _registry.get(name)


# Reading --------------------------------------------------------------------------------------------------------------

_kept: dict[str, Any] = {}
_kept_until = 0.0


def get(name: str) -> Any:
    """The present value of an option; of the registered kind.

    Raises:
        KeyError: no option has this name: a mistake of the caller.
    """
    option = _registry[name]
    values = _values()
    return values[name] if name in values else option.unchanged()


def find_changed(name: str) -> Any | None:
    """The value that somebody gave an option; None where nobody did, and something else says what it is."""
    return _values().get(name)


def forget() -> None:
    """Read the rows anew when somebody asks next."""
    global _kept_until  # noqa: PLW0603 - the process's memory
    _kept_until = 0.0


def _values() -> Mapping[str, Any]:
    """What differs from its default, at most ``CACHE_SECONDS`` old."""
    global _kept, _kept_until
    if db.session().info.get(_CHANGED):
        return _load()  # this transaction changed some, and may still be rolled back
    if _kept_until <= time.monotonic():
        _kept, _kept_until = _load(), time.monotonic() + CACHE_SECONDS
    return _kept


def _load() -> dict[str, Any]:
    values = {}
    for name, value in db.session.execute(select(OptionRow.name, OptionRow.value)):
        option = _registry.get(name)
        if option is None:
            continue  # of a version that was before, or comes after
        if option.refuse(value):
            log.warning("option_not_possible", option=name)
            continue
        values[name] = value
    return values


# Changing -------------------------------------------------------------------------------------------------------------


def set_option(name: str, value: Any, by: audit.Person | None) -> bool:
    """Give an option a value; says whether that changed anything. Audited. The caller commits.

    ``by`` is None for a command.

    Raises:
        KeyError: no option has this name.
        OptionRefused: the value is none for it.
    """
    option = _registry[name]
    wrong = option.refuse(value)
    if wrong:
        raise OptionRefused(wrong)
    before = _lock(option)
    if value == before:
        return False
    row = {"value": value, "changed_at": now(), "changed_by": by.id if by is not None else None}
    query = insert(OptionRow).values(name=name, **row)
    db.session.execute(query.on_conflict_do_update(index_elements=[OptionRow.name], set_=row))
    _note("option.changed", option, before, value, by)
    return True


def reset_option(name: str, by: audit.Person | None) -> bool:
    """Give an option its default back; says whether that changed anything. Audited. The caller commits.

    Raises:
        KeyError: no option has this name.
    """
    option = _registry[name]
    before = _lock(option)
    gone = db.session.execute(delete(OptionRow).where(OptionRow.name == name).returning(OptionRow.name)).first()
    if gone is None:
        return False
    _note("option.reset", option, before, option.unchanged(), by)
    return True


def changes() -> dict[str, OptionRow]:
    """The rows, by name: what is not at its default, since when, and by whom."""
    return {row.name: row for row in db.session.scalars(select(OptionRow))}


def _lock(option: Option) -> Any:
    """The value as committed, held until the end of the transaction, so that the log's "before" is true."""
    row = db.session.execute(
        select(OptionRow.value).where(OptionRow.name == option.name).with_for_update()
    ).one_or_none()
    return option.unchanged() if row is None else row.value


def _note(action: str, option: Option, before: Any, after: Any, by: audit.Person | None) -> None:
    db.session().info[_CHANGED] = True
    audit.record(action, actor=by, subject=("option", option.name), facts={"before": before, "after": after})


@event.listens_for(Session, "after_commit")
def _committed(session: Session) -> None:
    if not session.in_nested_transaction() and session.info.pop(_CHANGED, False):
        forget()


@event.listens_for(Session, "after_rollback")
def _rolled_back(session: Session) -> None:
    session.info.pop(_CHANGED, None)
