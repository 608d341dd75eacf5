"""Keyset pages: the next page begins after the last row shown, so the cost does not grow with the depth."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from app.core.errors import DomainError

T = TypeVar("T")
PAGE_SIZE = 24


class BadCursor(DomainError):
    """The cursor in the address is none of ours."""

    status = 400
    sentence = "This address has been cut off or changed. Begin again at the first page."


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a listing. ``next_url`` leads to the next one, None at the end."""

    items: Sequence[T]
    next_url: str | None = None


def encode_cursor(moment: datetime, row_id: UUID) -> str:
    """The place of a row in a listing by time, as text for an address."""
    return base64.urlsafe_b64encode(json.dumps([moment.isoformat(), row_id.hex]).encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None) -> tuple[datetime, UUID] | None:
    """The place that ``encode_cursor`` wrote.

    Raises:
        BadCursor: it was changed on the way.
    """
    if not cursor:
        return None
    try:
        written, row_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        moment, place = datetime.fromisoformat(written), UUID(hex=row_id)
    except (ValueError, TypeError, AttributeError, RecursionError, binascii.Error) as error:
        raise BadCursor from error
    if moment.tzinfo is None:
        raise BadCursor
    return moment, place


def encode_place(rank: int, row_id: UUID) -> str:
    """As ``encode_cursor``, for a listing by a number."""
    return base64.urlsafe_b64encode(json.dumps([rank, row_id.hex]).encode()).decode().rstrip("=")


def decode_place(cursor: str | None) -> tuple[int, UUID] | None:
    """The place that ``encode_place`` wrote.

    Raises:
        BadCursor: it was changed on the way.
    """
    if not cursor:
        return None
    try:
        rank, row_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        place = UUID(hex=row_id)
    except (ValueError, TypeError, AttributeError, RecursionError, binascii.Error) as error:
        raise BadCursor from error
    if not isinstance(rank, int) or not -(2**31) <= rank < 2**31:
        raise BadCursor
    return rank, place


def make_page(
    rows: Sequence[Any],
    *,
    size: int,
    place: Callable[[Any], tuple[datetime, UUID]],
    url: Callable[[str], str],
    show: Callable[[Any], T],
) -> Page[T]:
    """A page of the first ``size`` of ``rows``, which were asked for with one more to see whether there is a next.

    ``place`` gives a row's sort key, ``url`` makes the next page's address of a cursor, ``show`` a card of a row.
    """
    shown = rows[:size]
    next_url = url(encode_cursor(*place(shown[-1]))) if len(rows) > size else None
    return Page([show(row) for row in shown], next_url)
