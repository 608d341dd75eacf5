"""What archives brought in, by the ids that it had where it is from; and a notice that an archive is ready.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

KINDS = (
    "follower",
    "like",
    "repost",
    "comment",
    "answer",
    "mention",
    "heart",
    "held",
    "release",
    "post",
    "invitation",
    "message",
    "decision",
    "appeal",
    "outcome",
    "takedown",
)
THINGS = {"medium": "media", "set": "sets", "post": "posts", "comment": "comments"}


def _allow(kinds: tuple[str, ...]) -> None:
    """Let notifications be of these kinds; what is there is not looked through while others wait."""
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    for table in ("notifications", "notification_choices"):
        name = f"ck_{table}_noticekind"
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK (kind IN ({listed})) NOT VALID")
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


def upgrade() -> None:
    _allow((*KINDS, "export"))
    op.create_table(
        "brought_things",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("medium_id", sa.Uuid(), nullable=True),
        sa.Column("set_id", sa.Uuid(), nullable=True),
        sa.Column("post_id", sa.Uuid(), nullable=True),
        sa.Column("comment_id", sa.Uuid(), nullable=True),
        sa.Column("brought_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "num_nonnulls(medium_id, set_id, post_id, comment_id) <= 1",
            name=op.f("ck_brought_things_one_thing"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["users.id"], name=op.f("fk_brought_things_person_id_users"), ondelete="CASCADE"
        ),
        *(
            sa.ForeignKeyConstraint(
                [f"{thing}_id"],
                [f"{table}.id"],
                name=op.f(f"fk_brought_things_{thing}_id_{table}"),
                ondelete="SET NULL",
            )
            for thing, table in THINGS.items()
        ),
        sa.PrimaryKeyConstraint("person_id", "source_id", name=op.f("pk_brought_things")),
    )
    op.create_index("ix_brought_things_source", "brought_things", ["source_id"])
    for thing in THINGS:
        op.create_index(
            f"ix_brought_things_{thing}",
            "brought_things",
            [f"{thing}_id"],
            postgresql_where=sa.text(f"{thing}_id IS NOT NULL"),
        )


def downgrade() -> None:
    op.drop_table("brought_things")
    for table in ("notifications", "notification_choices"):
        op.execute(f"DELETE FROM {table} WHERE kind = 'export'")
    _allow(KINDS)
