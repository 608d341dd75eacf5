"""posts"""

from alembic import op
import sqlalchemy as sa

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("posts", sa.Column("carries_work", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("posts", sa.Column("sending", sa.Text(), nullable=True))
    op.create_unique_constraint(op.f("uq_posts_author_id_sending"), "posts", ["author_id", "sending"])
    op.add_column("versions", sa.Column("progressive_bytes", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("versions", "progressive_bytes")
    op.drop_constraint(op.f("uq_posts_author_id_sending"), "posts", type_="unique")
    op.drop_column("posts", "sending")
    op.drop_column("posts", "carries_work")
