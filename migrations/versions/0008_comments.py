"""Comments: one for what is sent twice, one pinned, all of an owner's things, and the order of moments"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

THINGS = {"medium": ("media", "owner_id"), "set": ("sets", "owner_id"), "post": ("posts", "author_id")}


def upgrade() -> None:
    op.add_column("comments", sa.Column("owner_id", sa.Uuid(), nullable=True))
    op.add_column("comments", sa.Column("client_key", sa.Text(), nullable=True))
    op.create_foreign_key(
        op.f("fk_comments_owner_id_users"), "comments", "users", ["owner_id"], ["id"], ondelete="CASCADE"
    )
    for thing, (table, owner) in THINGS.items():
        op.execute(
            f"UPDATE comments SET owner_id = {table}.{owner} FROM {table} WHERE comments.{thing}_id = {table}.id"
        )
        op.create_index(
            f"uq_comments_pinned_of_{thing}", "comments", [f"{thing}_id"], unique=True,
            postgresql_where=sa.text(f"pinned_at IS NOT NULL AND {thing}_id IS NOT NULL"),
        )  # fmt: skip
    op.create_index(
        "uq_comments_client_key", "comments", ["author_id", "client_key"], unique=True,
        postgresql_where=sa.text("client_key IS NOT NULL"),
    )  # fmt: skip
    op.create_index(
        "ix_comments_by_owner", "comments", ["owner_id", "id"], postgresql_where=sa.text("owner_id IS NOT NULL")
    )
    op.create_index("ix_comments_waiting", "comments", ["owner_id", "id"], postgresql_where=sa.text("state = 'held'"))
    op.create_index(
        "ix_comments_by_moment", "comments", ["medium_id", sa.text("coalesce(at_ms, 2147483647)"), "id"],
        postgresql_where=sa.text("thread_id IS NULL AND medium_id IS NOT NULL"),
    )  # fmt: skip


def downgrade() -> None:
    for name in ("ix_comments_by_moment", "ix_comments_waiting", "ix_comments_by_owner", "uq_comments_client_key"):
        op.drop_index(name, table_name="comments")
    for thing in THINGS:
        op.drop_index(f"uq_comments_pinned_of_{thing}", table_name="comments")
    op.drop_constraint(op.f("fk_comments_owner_id_users"), "comments", type_="foreignkey")
    op.drop_column("comments", "client_key")
    op.drop_column("comments", "owner_id")
