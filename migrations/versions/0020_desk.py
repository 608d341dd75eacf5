"""What operators set while the place runs; what staff note about people, and how they find them.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

PEOPLE = {
    "ix_users_staff": "role IN ('moderator', 'admin')",
    "ix_users_in_trouble": "standing <> 'good'",
    "ix_users_unverified": "email_verified_at IS NULL",
}


def upgrade() -> None:
    op.create_table(
        "options",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["users.id"], name=op.f("fk_options_changed_by_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_options")),
    )
    op.create_index(op.f("ix_options_changed_by"), "options", ["changed_by"])
    op.create_table(
        "staff_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["users.id"], name=op.f("fk_staff_notes_person_id_users"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_staff_notes_author_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_notes")),
    )
    op.create_index("ix_staff_notes_person", "staff_notes", ["person_id", "id"])
    op.create_index(op.f("ix_staff_notes_author_id"), "staff_notes", ["author_id"])
    for name, condition in PEOPLE.items():
        op.create_index(name, "users", ["id"], postgresql_where=sa.text(condition))


def downgrade() -> None:
    for name in PEOPLE:
        op.drop_index(name, table_name="users")
    op.drop_table("staff_notes")
    op.drop_table("options")
