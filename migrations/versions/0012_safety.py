"""The audit log; what stands against things and people.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

HELD = ("media", "sets", "posts", "comments")
RESTRICTED = ("media", "posts")


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_role", sa.Text(), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=True),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("actor_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("about_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_entries")),
        sa.UniqueConstraint("id", name=op.f("uq_audit_entries_id")),
    )
    op.create_index("ix_audit_entries_actor", "audit_entries", ["actor_id", "number"])
    op.create_index("ix_audit_entries_about", "audit_entries", ["about_id", "number"])
    op.create_index("ix_audit_entries_subject", "audit_entries", ["subject_kind", "subject_id", "number"])
    op.create_index("ix_audit_entries_action", "audit_entries", ["action", "number"])
    op.create_index("ix_audit_entries_at", "audit_entries", ["at"])
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "audit_keys",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_audit_keys")),
    )
    for table in HELD:
        hold = sa.Enum("hidden", "removed", name="hold", native_enum=False, create_constraint=True, length=24)
        op.add_column(table, sa.Column("hold", hold, nullable=True))
    for table in RESTRICTED:
        op.add_column(table, sa.Column("age_restricted", sa.Boolean(), server_default="false", nullable=False))
    standing = sa.Enum(
        "good", "limited", "suspended", "banned",
        name="standing", native_enum=False, create_constraint=True, length=24,
    )  # fmt: skip
    op.add_column("users", sa.Column("standing", standing, server_default="good", nullable=False))
    op.add_column("users", sa.Column("standing_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("users", "standing_until")
    op.drop_column("users", "standing")
    for table in reversed(RESTRICTED):
        op.drop_column(table, "age_restricted")
    for table in reversed(HELD):
        op.drop_column(table, "hold")
    op.drop_table("audit_keys")
    op.drop_table("audit_head")
    op.drop_table("audit_entries")
