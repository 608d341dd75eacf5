"""What a filter decides by itself is a decision: hits name it; a change that was not saved is one, too.

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

ACTIONS = ("hide", "remove", "restrict", "warn", "limit", "suspend", "ban", "dismiss")


def _allow(actions: tuple[str, ...]) -> None:
    """Let these be decided; what is there is not looked through while others wait."""
    listed = ", ".join(f"'{action}'" for action in actions)
    for table in ("decisions", "house_rules"):
        name = f"ck_{table}_decisionaction"
        column = "action" if table == "decisions" else "default_action"
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IN ({listed})) NOT VALID")
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


def upgrade() -> None:
    _allow((*ACTIONS, "refuse"))
    op.add_column("filter_hits", sa.Column("decision_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_filter_hits_decision_id_decisions"),
        "filter_hits",
        "decisions",
        ["decision_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_index(op.f("ix_filter_hits_decision_id"), "filter_hits", ["decision_id"])


def downgrade() -> None:
    op.drop_column("filter_hits", "decision_id")
    op.execute("DELETE FROM decisions WHERE action = 'refuse'")
    _allow(ACTIONS)
