"""the media path"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_index(
        "ix_uploads_given_up", "uploads", ["expires_at"], postgresql_where=sa.text("state IN ('aborted', 'failed')")
    )
    # What belongs to a file goes and comes with it; media can be made anew; originals can lie in a colder place.
    with op.batch_alter_table("versions") as versions:
        versions.add_column(sa.Column("is_remake", sa.Boolean(), server_default="false", nullable=False))
        versions.add_column(sa.Column("ladder", sa.Integer(), server_default="1", nullable=False))
        versions.add_column(sa.Column("retired_at", sa.DateTime(timezone=True)))
        versions.add_column(sa.Column("cold_at", sa.DateTime(timezone=True)))
        versions.add_column(
            sa.Column("original_used_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)
        )
        versions.add_column(sa.Column("tags", postgresql.JSONB(), server_default="{}", nullable=False))
        versions.add_column(sa.Column("artwork_id", sa.Uuid()))
        versions.add_column(sa.Column("bars", sa.LargeBinary(), server_default=sa.text("''"), nullable=False))
    op.create_foreign_key(
        "fk_versions_artwork_id_pictures", "versions", "pictures", ["artwork_id"], ["id"], ondelete="SET NULL"
    )
    op.create_index("ix_versions_artwork_id", "versions", ["artwork_id"])
    op.create_index("ix_versions_original_key", "versions", ["original_key"])
    op.create_index(
        "ix_versions_retired", "versions", ["retired_at"], postgresql_where=sa.text("retired_at IS NOT NULL")
    )
    op.create_index(
        "ix_versions_warm",
        "versions",
        ["original_used_at", "id"],
        postgresql_where=sa.text("state = 'ready' AND cold_at IS NULL"),
    )
    op.create_index(
        "ix_versions_wanted", "versions", ["original_used_at"], postgresql_where=sa.text("original_used_at > cold_at")
    )
    op.create_index("ix_versions_remakes", "versions", ["state"], postgresql_where=sa.text("is_remake"))
    op.execute("UPDATE versions SET original_used_at = created_at")
    op.execute("UPDATE versions SET bars = media.bars FROM media WHERE media.version_id = versions.id")
    op.add_column("media", sa.Column("remake_asked_at", sa.DateTime(timezone=True)))
    op.create_index(
        "ix_media_remakes", "media", ["remake_asked_at"], postgresql_where=sa.text("remake_asked_at IS NOT NULL")
    )
    op.add_column("captions", sa.Column("version_id", sa.Uuid()))
    op.create_foreign_key(
        "fk_captions_version_id_versions", "captions", "versions", ["version_id"], ["id"], ondelete="CASCADE"
    )
    op.create_index("ix_captions_version_id", "captions", ["version_id"])
    op.execute(
        "UPDATE captions SET version_id = coalesce(media.version_id, (SELECT id FROM versions v WHERE"
        " v.medium_id = media.id ORDER BY number DESC LIMIT 1)) FROM media"
        " WHERE media.id = captions.medium_id AND captions.from_file"
    )
    op.drop_constraint("uq_captions_medium_id_language_kind_label", "captions")
    op.create_unique_constraint(
        "uq_captions_medium_id_version_id_language_kind_label",
        "captions",
        ["medium_id", "version_id", "language", "kind", "label"],
        postgresql_nulls_not_distinct=True,
    )
    op.drop_column("captions", "from_file")
    # What is open to all lies where nginx and CDNs hand it out by themselves.
    op.add_column("versions", sa.Column("exposed", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("pictures", sa.Column("exposed", sa.Boolean(), server_default="false", nullable=False))
    op.create_index("ix_versions_unexposed", "versions", ["medium_id"], postgresql_where=sa.text("NOT exposed"))
    # Whose turn it is among people, and how often a worker died over a task.
    op.add_column("tasks", sa.Column("later", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("tasks", sa.Column("turn", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("tasks", sa.Column("deaths", sa.Integer(), server_default="0", nullable=False))
    op.execute("UPDATE tasks SET later = urgency >= 100")
    op.drop_index("ix_tasks_free", table_name="tasks")
    op.create_index(
        "ix_tasks_free",
        "tasks",
        ["later", "turn", "urgency", "id"],
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )
    op.create_index(
        "ix_versions_in_making", "versions", ["medium_id", "id"], postgresql_where=sa.text("state = 'processing'")
    )


def downgrade() -> None:
    op.drop_index("ix_versions_in_making", table_name="versions")
    op.drop_index("ix_tasks_free", table_name="tasks")
    op.create_index(
        "ix_tasks_free", "tasks", ["urgency", "id"], postgresql_where=sa.text("state IN ('queued', 'running')")
    )
    for name in ("deaths", "turn", "later"):
        op.drop_column("tasks", name)
    op.drop_index("ix_versions_unexposed", table_name="versions")
    op.drop_column("pictures", "exposed")
    op.drop_column("versions", "exposed")
    op.add_column("captions", sa.Column("from_file", sa.Boolean(), server_default="false", nullable=False))
    op.execute(
        "DELETE FROM captions USING media"
        " WHERE media.id = captions.medium_id AND captions.version_id IS DISTINCT FROM media.version_id"
        " AND captions.version_id IS NOT NULL"
    )
    op.execute("UPDATE captions SET from_file = version_id IS NOT NULL")
    op.alter_column("captions", "from_file", server_default=None)
    op.drop_constraint("uq_captions_medium_id_version_id_language_kind_label", "captions")
    op.create_unique_constraint(
        "uq_captions_medium_id_language_kind_label", "captions", ["medium_id", "language", "kind", "label"]
    )
    op.drop_column("captions", "version_id")
    op.drop_column("media", "remake_asked_at")
    with op.batch_alter_table("versions") as versions:
        for name in (
            "is_remake",
            "ladder",
            "retired_at",
            "cold_at",
            "original_used_at",
            "tags",
            "artwork_id",
            "bars",
        ):
            versions.drop_column(name)
    op.drop_index("ix_versions_original_key", table_name="versions")
    op.drop_index("ix_uploads_given_up", table_name="uploads")
