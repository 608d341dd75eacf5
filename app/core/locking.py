"""Holding a row until the transaction ends, so that of two who change it at once one comes after the other."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.exc import InvalidRequestError

from app.core.errors import NotFound
from app.extensions import Model, db


def hold_row(row: Model, columns: Sequence[str] | None = None) -> None:
    """Read ``row``, or these ``columns`` of it, as it is by now, and hold it until the transaction ends.

    Raises:
        NotFound: somebody deleted it since it was read.
    """
    of: dict[str, Any] = {"of": type(row)}
    try:
        db.session.refresh(row, attribute_names=columns, with_for_update=of)
    except InvalidRequestError as error:
        raise NotFound from error
