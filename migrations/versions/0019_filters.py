"""Rules by which things are looked at before others see them, and what they found.

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TABLES = (
    "filter_trusted", "filter_trials", "filter_hits", "filter_picture_hashes", "filter_file_hashes", "filter_rules",
    "filter_version",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "filter_version",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filter_version")),
    )
    op.create_table(
        "filter_rules",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "words",
                "links",
                "patterns",
                "files",
                "pictures",
                name="filterkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "category",
            sa.Enum(
                "children",
                "violence",
                "hate",
                "spam",
                "other",
                name="category",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "action",
            sa.Enum("flag", "hold", "hide", name="filteraction", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column(
            "whom",
            sa.Enum("everyone", "new", name="whom", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("applies_to", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("terms", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("entries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "trial",
                "live",
                "off",
                name="filterstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("hits", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("trial_hits", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("released", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("upheld", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_hit_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("entries >= 0", name=op.f("ck_filter_rules_entries_range")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["users.id"], name=op.f("fk_filter_rules_created_by_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filter_rules")),
    )
    op.create_index(op.f("ix_filter_rules_created_by_id"), "filter_rules", ["created_by_id"], unique=False)

    op.create_table(
        "filter_trusted",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["users.id"], name=op.f("fk_filter_trusted_by_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_filter_trusted_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_filter_trusted")),
    )
    op.create_index(op.f("ix_filter_trusted_by_id"), "filter_trusted", ["by_id"], unique=False)

    op.create_table(
        "filter_file_hashes",
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rule_id"],
            ["filter_rules.id"],
            name=op.f("fk_filter_file_hashes_rule_id_filter_rules"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("sha256", "rule_id", name=op.f("pk_filter_file_hashes")),
    )
    op.create_table(
        "filter_hits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "comment",
                "post",
                "medium",
                "set",
                "profile",
                "username",
                "message",
                "link",
                "upload",
                name="screened",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("rule_id", sa.Uuid(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column(
            "category",
            sa.Enum(
                "children",
                "violence",
                "hate",
                "spam",
                "other",
                name="category",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "answer",
            sa.Enum("flag", "hold", "hide", name="filteraction", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("finds", postgresql.JSONB(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "noted",
                "waiting",
                "released",
                "upheld",
                name="hitstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("kept_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kept_objects", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_filter_hits_author_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["users.id"], name=op.f("fk_filter_hits_decided_by_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["filter_rules.id"], name=op.f("fk_filter_hits_rule_id_filter_rules"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filter_hits")),
        sa.UniqueConstraint("reference", name=op.f("uq_filter_hits_reference")),
    )
    op.create_index(op.f("ix_filter_hits_author_id"), "filter_hits", ["author_id"], unique=False)
    op.create_index(op.f("ix_filter_hits_decided_by_id"), "filter_hits", ["decided_by_id"], unique=False)
    op.create_index(
        "ix_filter_hits_kept",
        "filter_hits",
        ["kept_until"],
        unique=False,
        postgresql_where=sa.text("kept_until IS NOT NULL"),
    )
    op.create_index("ix_filter_hits_of_rule", "filter_hits", ["rule_id", "id"], unique=False)
    op.create_index("ix_filter_hits_of_thing", "filter_hits", ["kind", "subject_id", "digest"], unique=False)
    op.create_index(
        "ix_filter_hits_waiting", "filter_hits", ["id"], unique=False, postgresql_where=sa.text("state = 'waiting'")
    )

    op.create_table(
        "filter_picture_hashes",
        sa.Column("pdq", sa.LargeBinary(), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("keys", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.ForeignKeyConstraint(
            ["rule_id"],
            ["filter_rules.id"],
            name=op.f("fk_filter_picture_hashes_rule_id_filter_rules"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("pdq", "rule_id", name=op.f("pk_filter_picture_hashes")),
    )
    op.create_index(
        "ix_filter_picture_hashes_keys", "filter_picture_hashes", ["keys"], unique=False, postgresql_using="gin"
    )

    op.create_table(
        "filter_trials",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting", "done", "failed", name="trialstate", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("after", sa.Uuid(), nullable=True),
        sa.Column("looked", sa.Integer(), server_default="0", nullable=False),
        sa.Column("found", sa.Integer(), server_default="0", nullable=False),
        sa.Column("by_kind", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("samples", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("took_us", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["users.id"], name=op.f("fk_filter_trials_created_by_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["filter_rules.id"], name=op.f("fk_filter_trials_rule_id_filter_rules"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filter_trials")),
    )
    op.create_index(op.f("ix_filter_trials_created_by_id"), "filter_trials", ["created_by_id"], unique=False)
    op.create_index(op.f("ix_filter_trials_rule_id"), "filter_trials", ["rule_id"], unique=False)
    op.create_index(
        "ix_filter_trials_waiting", "filter_trials", ["id"], unique=False, postgresql_where=sa.text("state = 'waiting'")
    )
    op.add_column("messages", sa.Column("held", sa.Boolean(), server_default="false", nullable=False))


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    op.drop_column("messages", "held")
