"""Pictures as kept: one row for each, its files in storage under an unguessable key, several widths of each."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Integer, SmallInteger
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.ids import uuid7
from app.extensions import Model

PREFIX = "pictures"


class Picture(Model):
    """A re-encoded picture without metadata: an avatar, a cover, an artwork.

    Its files are ``pictures/<key>/<width>.webp`` and ``.jpg`` for each of ``widths``. They never change, so
    whoever may see the picture's page may keep them for good; a replaced picture gets a new key.
    """

    __tablename__ = "pictures"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    key: Mapped[str] = mapped_column(unique=True)
    widths: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    width: Mapped[int] = mapped_column(SmallInteger)
    height: Mapped[int] = mapped_column(SmallInteger)
    tint_1: Mapped[str]
    tint_2: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)

    @property
    def storage_prefix(self) -> str:
        """Where its files lie in storage."""
        return f"{PREFIX}/{self.key}/"
