"""Let feeds hold what was published before there were any."""

from alembic import op

revision = "0006"
down_revision = "0005"

BACKFILL = """
INSERT INTO activities (id, actor_id, verb, medium_id, happened_at)
SELECT (lpad(to_hex(floor(extract(epoch FROM published_at) * 1000)::bigint), 12, '0')
        || '7' || substr(md5(id::text), 1, 3) || '8' || substr(md5(id::text), 4, 15))::uuid,
       owner_id, 'published', id, published_at
FROM media WHERE listed AND published_at IS NOT NULL
ON CONFLICT DO NOTHING
"""
"""An activity's id is a version 7 UUID of its moment, which PostgreSQL 15 cannot make by itself."""


def upgrade() -> None:
    op.execute(BACKFILL)


def downgrade() -> None:
    op.execute("DELETE FROM activities WHERE verb = 'published' AND medium_id IS NOT NULL")
