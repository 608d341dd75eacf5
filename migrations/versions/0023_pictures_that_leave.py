"""Pictures that were taken away are named by their holds; what pictures look like; looks through what is there.

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

PICTURES = ("avatar_id", "cover_id")


def upgrade() -> None:
    for name in PICTURES:
        op.add_column("holds", sa.Column(name, sa.Uuid(), nullable=True))
        op.execute(
            f"UPDATE holds SET {name} = (kept ->> '{name}')::uuid WHERE kept ->> '{name}' IS NOT NULL"  # noqa: S608 - ours
            f" AND EXISTS (SELECT 1 FROM pictures WHERE id = (holds.kept ->> '{name}')::uuid)"
        )
        op.create_foreign_key(
            op.f(f"fk_holds_{name}_pictures"), "holds", "pictures", [name], ["id"], ondelete="SET NULL"
        )
        op.create_index(op.f(f"ix_holds_{name}"), "holds", [name])
    op.execute("UPDATE holds SET kept = kept - 'avatar_id' - 'cover_id' WHERE kept <> '{}'")
    op.add_column("pictures", sa.Column("pdq", sa.LargeBinary(), nullable=True))
    op.create_table(
        "filter_rescans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting", "done", "failed", name="trialstate", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("after", sa.Uuid(), nullable=True),
        sa.Column("looked", sa.Integer(), server_default="0", nullable=False),
        sa.Column("found", sa.Integer(), server_default="0", nullable=False),
        sa.Column("skipped", sa.Integer(), server_default="0", nullable=False),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["filter_rules.id"], name=op.f("fk_filter_rescans_rule_id_filter_rules"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["users.id"], name=op.f("fk_filter_rescans_created_by_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filter_rescans")),
    )
    op.create_index(op.f("ix_filter_rescans_rule_id"), "filter_rescans", ["rule_id"])
    op.create_index(op.f("ix_filter_rescans_created_by_id"), "filter_rescans", ["created_by_id"])
    op.create_index(
        "ix_filter_rescans_waiting", "filter_rescans", ["id"], postgresql_where=sa.text("state = 'waiting'")
    )


def downgrade() -> None:
    op.drop_table("filter_rescans")
    op.drop_column("pictures", "pdq")
    for name in PICTURES:
        op.execute(
            f"UPDATE holds SET kept = jsonb_set(kept, '{{{name}}}', coalesce(to_jsonb({name}), 'null'))"  # noqa: S608
            " WHERE kept <> '{}'"
        )
        op.drop_column("holds", name)
