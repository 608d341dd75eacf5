"""What operators set while the place runs; what staff note about people, what they look through, and how much there was.

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

NARROW = {
    "ix_users_staff": ("users", "role IN ('moderator', 'admin')"),
    "ix_users_in_trouble": ("users", "standing <> 'good'"),
    "ix_users_unverified": ("users", "email_verified_at IS NULL"),
    "ix_media_failed": ("media", "state = 'failed'"),
    "ix_media_held": ("media", "hold IS NOT NULL"),
    "ix_sets_held": ("sets", "hold IS NOT NULL"),
    "ix_posts_held": ("posts", "hold IS NOT NULL"),
    "ix_comments_held": ("comments", "hold IS NOT NULL"),
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
    for name, (table, condition) in NARROW.items():
        op.create_index(name, table, ["id"], postgresql_where=sa.text(condition))
    op.create_table(
        "daily_numbers",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", "day", name=op.f("pk_daily_numbers")),
    )
    op.create_table(
        "announcements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("body_markdown", sa.Text(), nullable=False),
        sa.Column(
            "audience",
            sa.Enum(
                "everyone", "artists", "staff", name="audience", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column(
            "tone",
            sa.Enum("info", "success", "warning", name="tone", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "ends_at IS NULL OR ends_at > begins_at", name=op.f("ck_announcements_ends_after_it_begins")
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["users.id"], name=op.f("fk_announcements_made_by_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcements")),
    )
    op.create_index(op.f("ix_announcements_made_by"), "announcements", ["made_by"])
    op.create_table(
        "former_realms",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("realm_slug", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["realm_slug"],
            ["realms.slug"],
            name=op.f("fk_former_realms_realm_slug_realms"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_former_realms")),
    )
    op.create_index(op.f("ix_former_realms_realm_slug"), "former_realms", ["realm_slug"])


def downgrade() -> None:
    op.drop_table("former_realms")
    op.drop_table("announcements")
    op.drop_table("daily_numbers")
    for name, (table, _condition) in NARROW.items():
        op.drop_index(name, table_name=table)
    op.drop_table("staff_notes")
    op.drop_table("options")
