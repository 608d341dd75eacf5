"""What a person wrote into the search box, as the words that are looked for."""

import unicodedata
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.media.models import Kind
from app.media.queries import Place
from app.media.search import rows_with_words
from app.playlists.queries import set_rows_with_words
from app.web.pagination import PAGE_SIZE

MOST_WORDS = 8


def search_words(written: str) -> list[str]:
    """The words of a query as the index cuts them: letters and digits of any script with the marks on them.

    Case is the index's business: Python would fold ``ß`` to ``ss``, which PostgreSQL does not.
    """
    signs = unicodedata.normalize("NFC", written)
    return "".join(sign if _is_of_a_word(sign) else " " for sign in signs).split()[:MOST_WORDS]


def _is_of_a_word(sign: str) -> bool:
    return sign.isalnum() or unicodedata.category(sign).startswith("M")


def find_sets(written: str, viewer_id: UUID | None, *, after: Place = None, size: int = PAGE_SIZE) -> Sequence[Any]:
    """As ``find_media``, for sets that hold something."""
    words = search_words(written)
    if not words:
        return []
    return set_rows_with_words(words, viewer_id, after=after, size=size)


def find_media(
    written: str,
    *,
    kind: Kind | None = None,
    viewer_id: UUID | None = None,
    after: Place = None,
    size: int = PAGE_SIZE,
) -> Sequence[Any]:
    """One more than ``size`` rows of listed media that have every word, newest first. Nothing for no words.

    A viewer finds nothing of people whom a block keeps from them.
    """
    words = search_words(written)
    if not words:
        return []
    return rows_with_words(words, kind=kind, viewer_id=viewer_id, after=after, size=size)
