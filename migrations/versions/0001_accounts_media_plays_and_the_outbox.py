"""accounts, media, plays and the outbox"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

REALMS = [
    {
        "slug": "music",
        "name": "Music",
        "tagline": "A record shop at night",
        "theme": "music",
        "layout": "waveforms",
        "position": 1,
        "genres": ["Ambient", "Electronic", "Techno", "Folk", "Jazz", "Classical", "Hip-hop", "Pop", "Rock", "Dub"],
    },
    {
        "slug": "screen",
        "name": "Screen",
        "tagline": "A cinema foyer, five minutes before",
        "theme": "screen",
        "layout": "cinema",
        "position": 2,
        "genres": ["Short film", "Animation", "Documentary", "Music video", "Experimental", "Series"],
    },
    {
        "slug": "voice",
        "name": "Voice",
        "tagline": "Late-night radio",
        "theme": "voice",
        "layout": "episodes",
        "position": 3,
        "genres": ["Podcast", "Audio drama", "Interview", "Field recording", "Poetry", "News"],
    },
]


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_unfinished", ["delivered_at"], unique=False, postgresql_where=sa.text("finished_at IS NULL")
        )
        batch_op.create_index(
            "ix_outbox_waiting", ["id"], unique=False, postgresql_where=sa.text("delivered_at IS NULL")
        )

    op.create_table(
        "pictures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("widths", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("width", sa.SmallInteger(), nullable=False),
        sa.Column("height", sa.SmallInteger(), nullable=False),
        sa.Column("tint_1", sa.Text(), nullable=False),
        sa.Column("tint_2", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pictures")),
        sa.UniqueConstraint("key", name=op.f("uq_pictures_key")),
    )
    op.create_table(
        "realms",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tagline", sa.Text(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("layout", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("genres", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_realms")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("username_key", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("email_verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("password_digest", sa.LargeBinary(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "listener",
                "artist",
                "moderator",
                "admin",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("bio_markdown", sa.Text(), server_default="", nullable=False),
        sa.Column("location", sa.Text(), server_default="", nullable=False),
        sa.Column("links", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("realm_slug", sa.Text(), nullable=True),
        sa.Column("avatar_id", sa.Uuid(), nullable=True),
        sa.Column("cover_id", sa.Uuid(), nullable=True),
        sa.Column("remembers_history", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("levels_loudness", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("plays_next", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deletion_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["avatar_id"], ["pictures.id"], name=op.f("fk_users_avatar_id_pictures"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["cover_id"], ["pictures.id"], name=op.f("fk_users_cover_id_pictures"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email_key", name=op.f("uq_users_email_key")),
        sa.UniqueConstraint("username_key", name=op.f("uq_users_username_key")),
    )
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_users_avatar_id"), ["avatar_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_users_cover_id"), ["cover_id"], unique=False)
        batch_op.create_index(
            "ix_users_deletion_due",
            ["deletion_due_at"],
            unique=False,
            postgresql_where=sa.text("deletion_due_at IS NOT NULL"),
        )

    op.create_table(
        "former_usernames",
        sa.Column("username_key", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_former_usernames_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("username_key", name=op.f("pk_former_usernames")),
    )
    with op.batch_alter_table("former_usernames", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_former_usernames_user_id"), ["user_id"], unique=False)

    op.create_table(
        "mailed_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "verify_email",
                "reset_password",
                "change_email",
                name="tokenpurpose",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_mailed_tokens_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailed_tokens")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_mailed_tokens_token_digest")),
    )
    with op.batch_alter_table("mailed_tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mailed_tokens_user_id"), ["user_id"], unique=False)

    op.create_table(
        "media",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("audio", "video", name="kind", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("realm_slug", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description_markdown", sa.Text(), server_default="", nullable=False),
        sa.Column("genre", sa.Text(), server_default="", nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("licence", sa.Text(), server_default="all-rights-reserved", nullable=False),
        sa.Column("explicit", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("credits", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("release_date", sa.Date(), nullable=True),
        sa.Column("downloads_allowed", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "visibility",
            sa.Enum(
                "public", "unlisted", "private", name="visibility", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("link_secret", sa.Text(), nullable=True),
        sa.Column("publish_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("available_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("listed", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("withheld", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "processing",
                "ready",
                "failed",
                "removed",
                name="mediumstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("version_id", sa.Uuid(), nullable=True),
        sa.Column("artwork_id", sa.Uuid(), nullable=True),
        sa.Column("duration_ms", sa.Integer(), server_default="0", nullable=False),
        sa.Column("bars", sa.LargeBinary(), server_default=sa.text("''"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed("to_tsvector('simple'::regconfig, title || ' ' || genre)", persisted=True),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(visibility = 'unlisted') <= (link_secret IS NOT NULL)", name=op.f("ck_media_unlisted_has_secret")
        ),
        sa.ForeignKeyConstraint(
            ["artwork_id"], ["pictures.id"], name=op.f("fk_media_artwork_id_pictures"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_media_owner_id_users"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["realm_slug"], ["realms.slug"], name=op.f("fk_media_realm_slug_realms"), onupdate="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.id"], name="fk_media_version_id_versions", ondelete="SET NULL", use_alter=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
        sa.UniqueConstraint("owner_id", "slug", name=op.f("uq_media_owner_id_slug")),
        sa.UniqueConstraint("public_id", name=op.f("uq_media_public_id")),
    )
    with op.batch_alter_table("media", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_media_artwork_id"), ["artwork_id"], unique=False)
        batch_op.create_index("ix_media_by_owner", ["owner_id", "id"], unique=False)
        batch_op.create_index(
            "ix_media_due", ["publish_at"], unique=False, postgresql_where=sa.text("publish_at IS NOT NULL")
        )
        batch_op.create_index(
            "ix_media_expiring",
            ["available_until"],
            unique=False,
            postgresql_where=sa.text("available_until IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_media_newest", ["published_at", "id"], unique=False, postgresql_where=sa.text("listed")
        )
        batch_op.create_index(
            "ix_media_newest_by_kind",
            ["owner_id", "kind", "published_at", "id"],
            unique=False,
            postgresql_where=sa.text("listed"),
        )
        batch_op.create_index(
            "ix_media_newest_by_owner",
            ["owner_id", "published_at", "id"],
            unique=False,
            postgresql_where=sa.text("listed"),
        )
        batch_op.create_index(
            "ix_media_newest_by_realm",
            ["realm_slug", "published_at", "id"],
            unique=False,
            postgresql_where=sa.text("listed"),
        )
        batch_op.create_index("ix_media_title_search", ["search"], unique=False, postgresql_using="gin")
        batch_op.create_index(batch_op.f("ix_media_version_id"), ["version_id"], unique=False)

    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("remembered", sa.Boolean(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_sessions_token_digest")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sessions_user_id"), ["user_id"], unique=False)

    op.create_table(
        "captions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("medium_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "captions",
                "subtitles",
                "lyrics",
                name="captionkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("webvtt", sa.Text(), nullable=False),
        sa.Column("from_file", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["medium_id"], ["media.id"], name=op.f("fk_captions_medium_id_media"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_captions")),
        sa.UniqueConstraint(
            "medium_id", "language", "kind", "label", name=op.f("uq_captions_medium_id_language_kind_label")
        ),
    )
    op.create_table(
        "chapters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("medium_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at_ms", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.CheckConstraint("starts_at_ms >= 0", name=op.f("ck_chapters_not_negative")),
        sa.ForeignKeyConstraint(
            ["medium_id"], ["media.id"], name=op.f("fk_chapters_medium_id_media"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chapters")),
        sa.UniqueConstraint("medium_id", "starts_at_ms", name=op.f("uq_chapters_medium_id_starts_at_ms")),
    )
    op.create_table(
        "former_slugs",
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("medium_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["medium_id"], ["media.id"], name=op.f("fk_former_slugs_medium_id_media"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name=op.f("fk_former_slugs_owner_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("owner_id", "slug", name=op.f("pk_former_slugs")),
    )
    with op.batch_alter_table("former_slugs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_former_slugs_medium_id"), ["medium_id"], unique=False)

    op.create_table(
        "positions",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("medium_id", sa.Uuid(), nullable=False),
        sa.Column("position_ms", sa.Integer(), nullable=False),
        sa.Column("finished", sa.Boolean(), nullable=False),
        sa.Column("played_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("position_ms >= 0", name=op.f("ck_positions_not_negative")),
        sa.ForeignKeyConstraint(
            ["medium_id"], ["media.id"], name=op.f("fk_positions_medium_id_media"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_positions_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "medium_id", name=op.f("pk_positions")),
    )
    with op.batch_alter_table("positions", schema=None) as batch_op:
        batch_op.create_index("ix_positions_history", ["user_id", "played_at", "medium_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_positions_medium_id"), ["medium_id"], unique=False)
        batch_op.create_index(
            "ix_positions_to_continue",
            ["user_id", "played_at"],
            unique=False,
            postgresql_where=sa.text("NOT finished AND position_ms > 0"),
        )

    op.create_table(
        "uploads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("medium_id", sa.Uuid(), nullable=True),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("part_size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("multipart_id", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "confirmed",
                "aborted",
                "failed",
                name="uploadstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("failure_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["medium_id"], ["media.id"], name=op.f("fk_uploads_medium_id_media"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_uploads_owner_id_users"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["media.id"], name=op.f("fk_uploads_replaces_id_media"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
        sa.UniqueConstraint("storage_key", name=op.f("uq_uploads_storage_key")),
    )
    with op.batch_alter_table("uploads", schema=None) as batch_op:
        batch_op.create_index(
            "ix_uploads_expiring", ["expires_at"], unique=False, postgresql_where=sa.text("state = 'open'")
        )
        batch_op.create_index(batch_op.f("ix_uploads_medium_id"), ["medium_id"], unique=False)
        batch_op.create_index(
            "ix_uploads_open_by_owner", ["owner_id", "id"], unique=False, postgresql_where=sa.text("state = 'open'")
        )
        batch_op.create_index(batch_op.f("ix_uploads_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_uploads_replaces_id"), ["replaces_id"], unique=False)

    op.create_table(
        "versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("medium_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("delivery_key", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "processing",
                "ready",
                "failed",
                name="versionstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("failure_sentence", sa.Text(), nullable=True),
        sa.Column("original_key", sa.Text(), nullable=False),
        sa.Column("original_name", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), server_default="", nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("parts_sha256", sa.Text(), server_default="", nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("probe", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("duration_ms", sa.Integer(), server_default="0", nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("loudness_lufs", sa.Double(), nullable=True),
        sa.Column("gain_db", sa.Double(), server_default="0", nullable=False),
        sa.Column("poster_names", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("peaks_name", sa.Text(), nullable=True),
        sa.Column("storyboard_name", sa.Text(), nullable=True),
        sa.Column("progressive_name", sa.Text(), nullable=True),
        sa.Column("playable_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["medium_id"], ["media.id"], name=op.f("fk_versions_medium_id_media"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_versions")),
        sa.UniqueConstraint("delivery_key", name=op.f("uq_versions_delivery_key")),
        sa.UniqueConstraint("medium_id", "number", name=op.f("uq_versions_medium_id_number")),
    )
    op.create_table(
        "renditions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("audio", "video", name="kind", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("rung", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "encoding",
                "ready",
                "failed",
                name="renditionstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("progress_pct", sa.Integer(), nullable=False),
        sa.CheckConstraint("progress_pct BETWEEN 0 AND 100", name=op.f("ck_renditions_progress_pct_range")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.id"], name=op.f("fk_renditions_version_id_versions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_renditions")),
        sa.UniqueConstraint("version_id", "name", name=op.f("uq_renditions_version_id_name")),
    )
    op.create_table(
        "tasks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "inspect",
                "pictures",
                "waveform",
                "audio",
                "video",
                "storyboard",
                "progressive",
                name="taskkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("span", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "running",
                "done",
                "failed",
                name="taskstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("progress_pct", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_number", sa.Integer(), nullable=False),
        sa.Column("lease_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure_sentence", sa.Text(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("progress_pct BETWEEN 0 AND 100", name=op.f("ck_tasks_progress_pct_range")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.id"], name=op.f("fk_tasks_version_id_versions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
        sa.UniqueConstraint("version_id", "kind", "position", name=op.f("uq_tasks_version_id_kind_position")),
    )
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.create_index(
            "ix_tasks_free", ["urgency", "id"], unique=False, postgresql_where=sa.text("state IN ('queued', 'running')")
        )

    op.create_table(
        "encoded_chunks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rendition_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("object_name", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("manifest", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["rendition_id"],
            ["renditions.id"],
            name=op.f("fk_encoded_chunks_rendition_id_renditions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_encoded_chunks")),
        sa.UniqueConstraint("rendition_id", "position", name=op.f("uq_encoded_chunks_rendition_id_position")),
    )
    op.create_foreign_key(
        "fk_media_version_id_versions", "media", "versions", ["version_id"], ["id"], ondelete="SET NULL"
    )
    realms = sa.table(
        "realms",
        *(sa.column(name) for name in ("slug", "name", "tagline", "theme", "layout", "position")),
        sa.column("genres", postgresql.ARRAY(sa.Text())),
    )
    op.bulk_insert(realms, REALMS)


def downgrade() -> None:
    op.drop_constraint("fk_media_version_id_versions", "media", type_="foreignkey")
    op.drop_table("encoded_chunks")
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.drop_index("ix_tasks_free", postgresql_where=sa.text("state IN ('queued', 'running')"))

    op.drop_table("tasks")
    op.drop_table("renditions")
    op.drop_table("versions")
    with op.batch_alter_table("uploads", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_uploads_replaces_id"))
        batch_op.drop_index(batch_op.f("ix_uploads_owner_id"))
        batch_op.drop_index("ix_uploads_open_by_owner", postgresql_where=sa.text("state = 'open'"))
        batch_op.drop_index(batch_op.f("ix_uploads_medium_id"))
        batch_op.drop_index("ix_uploads_expiring", postgresql_where=sa.text("state = 'open'"))

    op.drop_table("uploads")
    with op.batch_alter_table("positions", schema=None) as batch_op:
        batch_op.drop_index("ix_positions_to_continue", postgresql_where=sa.text("NOT finished AND position_ms > 0"))
        batch_op.drop_index(batch_op.f("ix_positions_medium_id"))
        batch_op.drop_index("ix_positions_history")

    op.drop_table("positions")
    with op.batch_alter_table("former_slugs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_former_slugs_medium_id"))

    op.drop_table("former_slugs")
    op.drop_table("chapters")
    op.drop_table("captions")
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sessions_user_id"))

    op.drop_table("sessions")
    with op.batch_alter_table("media", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_media_version_id"))
        batch_op.drop_index("ix_media_title_search", postgresql_using="gin")
        batch_op.drop_index("ix_media_newest_by_realm", postgresql_where=sa.text("listed"))
        batch_op.drop_index("ix_media_newest_by_owner", postgresql_where=sa.text("listed"))
        batch_op.drop_index("ix_media_newest_by_kind", postgresql_where=sa.text("listed"))
        batch_op.drop_index("ix_media_newest", postgresql_where=sa.text("listed"))
        batch_op.drop_index("ix_media_expiring", postgresql_where=sa.text("available_until IS NOT NULL"))
        batch_op.drop_index("ix_media_due", postgresql_where=sa.text("publish_at IS NOT NULL"))
        batch_op.drop_index("ix_media_by_owner")
        batch_op.drop_index(batch_op.f("ix_media_artwork_id"))

    op.drop_table("media")
    with op.batch_alter_table("mailed_tokens", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mailed_tokens_user_id"))

    op.drop_table("mailed_tokens")
    with op.batch_alter_table("former_usernames", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_former_usernames_user_id"))

    op.drop_table("former_usernames")
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_index("ix_users_deletion_due", postgresql_where=sa.text("deletion_due_at IS NOT NULL"))
        batch_op.drop_index(batch_op.f("ix_users_cover_id"))
        batch_op.drop_index(batch_op.f("ix_users_avatar_id"))

    op.drop_table("users")
    op.drop_table("realms")
    op.drop_table("pictures")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_unfinished", postgresql_where=sa.text("finished_at IS NULL"))
        batch_op.drop_index("ix_outbox_waiting", postgresql_where=sa.text("delivered_at IS NULL"))

    op.drop_table("outbox")
