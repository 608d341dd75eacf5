"""sets"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("sets", sa.Column("newest_first", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("sets", sa.Column("announced_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "sets",
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed("to_tsvector('simple'::regconfig, title || ' ' || genre)", persisted=True),
            nullable=False,
        ),
    )
    op.create_index("ix_sets_title_search", "sets", ["search"], unique=False, postgresql_using="gin")
    op.create_index("ix_sets_newest", "sets", ["published_at", "id"], unique=False, postgresql_where=sa.text("listed"))
    op.add_column("set_items", sa.Column("medium_secret", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("set_items", "medium_secret")
    op.drop_index("ix_sets_newest", table_name="sets", postgresql_where=sa.text("listed"))
    op.drop_index("ix_sets_title_search", table_name="sets", postgresql_using="gin")
    op.drop_column("sets", "search")
    op.drop_column("sets", "announced_at")
    op.drop_column("sets", "newest_first")
