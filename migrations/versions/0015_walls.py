"""Anchors and checks of the audit log, and words to find its entries by.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_anchors",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_anchors")),
    )
    op.create_table(
        "audit_checks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("anchors", sa.Integer(), nullable=False),
        sa.Column("faults", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_checks")),
    )
    op.create_index("ix_audit_checks_began_at", "audit_checks", ["began_at"])
    op.create_index(
        "ix_audit_entries_words",
        "audit_entries",
        [
            sa.text(
                "(to_tsvector('simple'::regconfig, translate(action, '._', '  '))"
                " || jsonb_to_tsvector('simple'::regconfig, facts, '\"all\"'::jsonb))"
            )
        ],
        postgresql_using="gin",
    )


def downgrade() -> None:
    op.drop_index("ix_audit_entries_words", table_name="audit_entries", postgresql_using="gin")
    op.drop_index("ix_audit_checks_began_at", table_name="audit_checks")
    op.drop_table("audit_checks")
    op.drop_table("audit_anchors")
