"""Column types that several domains share."""

from enum import StrEnum

from sqlalchemy import Enum


def enum_column(kind: type[StrEnum]) -> Enum:
    """A text column that holds one of ``kind``'s values, held by a CHECK; adding a value is a cheap migration."""
    return Enum(
        kind,
        native_enum=False,
        length=24,
        name=kind.__name__.lower(),
        create_constraint=True,
        values_callable=lambda members: [member.value for member in members],
    )
