"""Who made a share link; the plays that have begun by one; what a change of a set took back.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("share_links", sa.Column("owner_id", sa.Uuid(), nullable=True))
    op.execute(
        "UPDATE share_links SET owner_id = coalesce((SELECT owner_id FROM media WHERE media.id = medium_id),"
        " (SELECT owner_id FROM sets WHERE sets.id = set_id))"
    )
    op.alter_column("share_links", "owner_id", nullable=False)
    op.create_foreign_key(
        op.f("fk_share_links_owner_id_users"), "share_links", "users", ["owner_id"], ["id"], ondelete="CASCADE"
    )
    op.create_index("ix_share_links_owner", "share_links", ["owner_id", "id"])
    op.add_column("set_changes", sa.Column("undoes_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_set_changes_undoes_id_set_changes"), "set_changes", "set_changes", ["undoes_id"], ["id"],
        ondelete="SET NULL",
    )  # fmt: skip
    op.create_index(op.f("ix_set_changes_undoes_id"), "set_changes", ["undoes_id"])
    op.create_table(
        "share_plays",
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["link_id"], ["share_links.id"], name=op.f("fk_share_plays_link_id_share_links"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("link_id", "browser", name=op.f("pk_share_plays")),
        sa.UniqueConstraint("ticket", name=op.f("uq_share_plays_ticket")),
    )
    op.create_index("ix_share_plays_seen", "share_plays", ["link_id", "seen_at"])


def downgrade() -> None:
    op.drop_table("share_plays")
    op.drop_index(op.f("ix_set_changes_undoes_id"), table_name="set_changes")
    op.drop_constraint(op.f("fk_set_changes_undoes_id_set_changes"), "set_changes", type_="foreignkey")
    op.drop_column("set_changes", "undoes_id")
    op.drop_index("ix_share_links_owner", table_name="share_links")
    op.drop_constraint(op.f("fk_share_links_owner_id_users"), "share_links", type_="foreignkey")
    op.drop_column("share_links", "owner_id")
