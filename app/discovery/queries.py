"""Search by title, genre and name: words by their beginnings, newest first, one statement over indexes."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from sqlalchemy import tuple_

from app.extensions import db
from app.media.models import Kind, Medium
from app.media.queries import Place, search_statement
from app.web.pagination import PAGE_SIZE

MOST_WORDS = 8
_WORD = re.compile(r"[\w]+")


def search_words(written: str) -> list[str]:
    """The words of a query as the index knows them: letters and digits of any script, small."""
    return _WORD.findall(unicodedata.normalize("NFC", written).casefold())[:MOST_WORDS]


def find_media(written: str, *, kind: Kind | None = None, after: Place = None, size: int = PAGE_SIZE) -> Sequence[Any]:
    """One more than ``size`` rows of listed media that have every word, newest first. Nothing for no words."""
    words = search_words(written)
    if not words:
        return []
    query = search_statement(words)
    if kind is not None:
        query = query.where(Medium.kind == kind)
    if after is not None:
        query = query.where(tuple_(Medium.published_at, Medium.id) < tuple_(*after))
    return db.session.execute(query.order_by(Medium.published_at.desc(), Medium.id.desc()).limit(size + 1)).all()
