"""the media path"""

from alembic import op
import sqlalchemy as sa

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_index(
        "ix_uploads_given_up", "uploads", ["expires_at"], postgresql_where=sa.text("state IN ('aborted', 'failed')")
    )


def downgrade() -> None:
    op.drop_index("ix_uploads_given_up", table_name="uploads")
