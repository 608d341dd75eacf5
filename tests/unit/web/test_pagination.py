"""Keyset pages and their cursors."""

import base64
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.ids import uuid7
from app.web.pagination import BadCursor, decode_cursor, encode_cursor, make_page

PLACE = UUID("019a1fc6-b6ab-7755-8198-311dc3386325")
MOMENT = datetime(2026, 11, 21, 4, 5, 6, 789, tzinfo=UTC)


def test_a_cursor_is_read_as_it_was_written() -> None:
    row_id = uuid7()
    assert decode_cursor(encode_cursor(MOMENT, row_id)) == (MOMENT, row_id)


@pytest.mark.parametrize("cursor", [None, ""])
def test_no_cursor_is_the_first_page(cursor: str | None) -> None:
    assert decode_cursor(cursor) is None


def written(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


TAMPERED = [
    "x", "é", "%%%", "AAAA", encode_cursor(MOMENT, PLACE)[:-6], written([]), written(["2026-01-01"]),
    written(["yesterday", PLACE.hex]), written([1, 2]), written([MOMENT.isoformat(), 5]), written({"a": 1, "b": 2}),
    written([MOMENT.isoformat(), "no uuid"]), written([MOMENT.isoformat(), None]), written(7), written(None),
    written([MOMENT.isoformat(), PLACE.hex, "more"]), written(["2026-01-01T00:00:00", PLACE.hex]),
    "W1" * 20_000,
]  # fmt: skip


@pytest.mark.parametrize("cursor", TAMPERED)
def test_a_cursor_that_was_changed_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        decode_cursor(cursor)


@given(st.text(max_size=60))
def test_no_text_at_all_breaks_it(text: str) -> None:
    with suppress(BadCursor):
        decode_cursor(text)


def test_a_page_leads_on_only_where_there_is_more() -> None:
    rows = [(MOMENT, uuid7()) for _ in range(4)]
    page = make_page(rows, size=3, place=lambda row: row, url=lambda cursor: f"/x?after={cursor}", show=lambda row: row)
    assert list(page.items) == rows[:3]
    assert page.next_url == f"/x?after={encode_cursor(*rows[2])}"
    last = make_page(rows[:3], size=3, place=lambda row: row, url=str, show=lambda row: row)
    assert last.next_url is None
