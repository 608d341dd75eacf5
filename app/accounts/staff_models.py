"""What staff write down about people, for one another."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.ids import uuid7
from app.extensions import Model


class StaffNote(Model):
    """A remark about a person that only staff read. It goes with the account."""

    __tablename__ = "staff_notes"
    __table_args__ = (Index("ix_staff_notes_person", "person_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    body: Mapped[str]
    written_at: Mapped[datetime] = mapped_column(default=now)
