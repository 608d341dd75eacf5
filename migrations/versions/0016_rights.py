"""What people agreed to, how old they say they are, what they take along, and the names of those who left.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)


def upgrade() -> None:
    op.add_column("users", sa.Column("adult_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("users", sa.Column("terms_number", sa.Integer(), server_default="0", nullable=False))
    op.create_table(
        "legal_texts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", _enum("textkind", "terms", "privacy"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body_markdown", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number > 1", name=op.f("ck_legal_texts_after_the_shipped_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_texts")),
        sa.UniqueConstraint("kind", "number", name=op.f("uq_legal_texts_kind_number")),
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", _enum("consentkind", "terms", "privacy", "adult", "shares_likes"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_consents_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index("ix_consents_by_user", "consents", ["user_id", "kind", "given_at"])
    op.create_index(
        "uq_consents_standing", "consents", ["user_id", "kind", "number"], unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )  # fmt: skip
    op.create_table(
        "exports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("state", _enum("exportstate", "queued", "making", "ready", "failed", "gone"), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("failure_sentence", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_number", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_exports_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
        sa.UniqueConstraint("storage_key", name=op.f("uq_exports_storage_key")),
    )
    op.create_index("ix_exports_by_user", "exports", ["user_id", "created_at"])
    waiting = sa.text("state IN ('queued', 'making')")
    op.create_index("uq_exports_in_making", "exports", ["user_id"], unique=True, postgresql_where=waiting)
    op.create_index("ix_exports_waiting", "exports", ["id"], postgresql_where=waiting)
    op.create_index("ix_exports_expiring", "exports", ["expires_at"], postgresql_where=sa.text("state = 'ready'"))
    op.create_table(
        "spent_usernames",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("spent_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_spent_usernames")),
    )


def downgrade() -> None:
    op.drop_table("spent_usernames")
    op.drop_table("exports")
    op.drop_table("consents")
    op.drop_table("legal_texts")
    op.drop_column("users", "terms_number")
    op.drop_column("users", "adult_since")
