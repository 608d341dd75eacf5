"""A fresh proof replaces a session's token, and a mailed log-in knows the browser that asked for it.

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sessions", sa.Column("former_token_digest", sa.LargeBinary(), nullable=True))
    op.create_index(op.f("ix_sessions_former_token_digest"), "sessions", ["former_token_digest"])
    for table in ("link_wishes", "mailed_tokens"):
        op.add_column(table, sa.Column("asked_in", sa.LargeBinary(), nullable=True))
        op.add_column(table, sa.Column("asked_by", sa.Text(), nullable=False, server_default=""))
    op.add_column("mailed_tokens", sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("mailed_tokens", "failures")
    for table in ("mailed_tokens", "link_wishes"):
        op.drop_column(table, "asked_by")
        op.drop_column(table, "asked_in")
    op.drop_index(op.f("ix_sessions_former_token_digest"), "sessions")
    op.drop_column("sessions", "former_token_digest")
