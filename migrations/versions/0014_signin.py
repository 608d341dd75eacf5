"""Doors that tell nobody who is known, slow guessers down and keep a place for those who were here before.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

BEFORE = ("verify_email", "reset_password", "change_email")
PURPOSES = (*BEFORE, "undo_email", "log_in")
MORE_LOOK_ALIKES = "replace(translate({key}, '89', 'bg'), 'cl', 'd')"
"""What the rule for look-alike names gained: it can be had from the keys of the old rule."""


def upgrade() -> None:
    op.create_table(
        "sign_ups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("password_digest", sa.LargeBinary(), nullable=True),
        sa.Column("answers", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ups")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_sign_ups_token_digest")),
    )
    op.create_index(op.f("ix_sign_ups_email_key"), "sign_ups", ["email_key"])
    op.create_index(op.f("ix_sign_ups_expires_at"), "sign_ups", ["expires_at"])
    purpose = sa.Enum(*PURPOSES, name="tokenpurpose", native_enum=False, create_constraint=True, length=24)
    op.create_table(
        "link_wishes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", purpose, nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_wishes")),
    )
    op.create_table(
        "throttles",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unreported", sa.Integer(), server_default="0", nullable=False),
        sa.Column("unreported_since", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_throttles_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_throttles")),
    )
    op.create_index(op.f("ix_throttles_user_id"), "throttles", ["user_id"])
    op.create_index(op.f("ix_throttles_last_at"), "throttles", ["last_at"])
    op.create_index(
        "ix_throttles_unreported", "throttles", ["unreported_since"],
        postgresql_where=sa.text("unreported_since IS NOT NULL"),
    )  # fmt: skip
    op.create_table(
        "known_devices",
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_known_devices_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_digest", "user_id", name=op.f("pk_known_devices")),
    )
    op.create_index(op.f("ix_known_devices_user_id"), "known_devices", ["user_id"])
    op.create_index(op.f("ix_known_devices_last_used_at"), "known_devices", ["last_used_at"])
    op.create_table(
        "spent_proofs",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_spent_proofs")),
    )
    op.create_index(op.f("ix_spent_proofs_expires_at"), "spent_proofs", ["expires_at"])
    _allow_purposes(PURPOSES)
    _fold_names()


def downgrade() -> None:
    op.execute("DELETE FROM mailed_tokens WHERE purpose IN ('undo_email', 'log_in')")
    _allow_purposes(BEFORE)
    for table in ("spent_proofs", "known_devices", "throttles", "link_wishes", "sign_ups"):
        op.drop_table(table)
    # The keys stay as they are: what they came from cannot be told from them, and they refuse a few names too many.


def _allow_purposes(purposes: tuple[str, ...]) -> None:
    """Let mailed links be for ``purposes``."""
    op.execute("ALTER TABLE mailed_tokens DROP CONSTRAINT ck_mailed_tokens_tokenpurpose")
    listed = ", ".join(f"'{purpose}'" for purpose in purposes)
    op.execute(f"ALTER TABLE mailed_tokens ADD CONSTRAINT ck_mailed_tokens_tokenpurpose CHECK (purpose IN ({listed}))")


def _fold_names() -> None:
    """Make the keys of names anew. Of two people whose names came to look alike both keep theirs.

    The elder keeps the key, so that nobody else takes either name; the younger's begins with ``=``, which no key of the
    rule does, and ends with the name itself. A former name gives way to a present one, and to one given up earlier.
    """
    folded = MORE_LOOK_ALIKES.format(key="username_key")
    op.execute(
        f"""
        WITH new AS (SELECT id, {folded} AS key, row_number() OVER (PARTITION BY {folded} ORDER BY created_at, id) AS nth
                     FROM users WHERE username_key NOT LIKE '=%')
        UPDATE users SET username_key = '=' || lower(username) FROM new WHERE users.id = new.id AND new.nth > 1
        """  # noqa: S608 - our own words
    )
    # Keys of those who stay change to ones that nobody else has: a plain UPDATE could meet the old key of the next row.
    op.execute(
        f"UPDATE users SET username_key = '~' || {folded} WHERE username_key <> {folded} AND username_key !~ '^[=~]'"
    )  # noqa: S608
    op.execute("UPDATE users SET username_key = substr(username_key, 2) WHERE username_key LIKE '~%'")
    op.execute(
        f"""
        WITH new AS (SELECT username_key AS was, {folded} AS key, user_id,
                            row_number() OVER (PARTITION BY {folded} ORDER BY given_up_at, username_key) AS nth
                     FROM former_usernames WHERE username_key NOT LIKE '=%')
        UPDATE former_usernames f SET username_key = '=' || new.was FROM new WHERE f.username_key = new.was
        AND (new.nth > 1 OR EXISTS (SELECT 1 FROM users WHERE users.username_key = new.key AND users.id <> new.user_id))
        """  # noqa: S608
    )
    op.execute(
        f"UPDATE former_usernames SET username_key = '~' || {folded} WHERE username_key <> {folded} AND username_key !~ '^[=~]'"
    )  # noqa: S608
    op.execute("UPDATE former_usernames SET username_key = substr(username_key, 2) WHERE username_key LIKE '~%'")
