"""community"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("errands", postgresql.ARRAY(sa.Text())))
    op.create_table(
        "tallies",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("likes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reposts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("comments", sa.Integer(), server_default="0", nullable=False),
        sa.Column("followers", sa.Integer(), server_default="0", nullable=False),
        sa.Column("following", sa.Integer(), server_default="0", nullable=False),
        sa.Column("votes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("items", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("comments >= 0", name=op.f("ck_tallies_comments_not_negative")),
        sa.CheckConstraint("followers >= 0", name=op.f("ck_tallies_followers_not_negative")),
        sa.CheckConstraint("following >= 0", name=op.f("ck_tallies_following_not_negative")),
        sa.CheckConstraint("items >= 0", name=op.f("ck_tallies_items_not_negative")),
        sa.CheckConstraint("likes >= 0", name=op.f("ck_tallies_likes_not_negative")),
        sa.CheckConstraint("reposts >= 0", name=op.f("ck_tallies_reposts_not_negative")),
        sa.CheckConstraint("votes >= 0", name=op.f("ck_tallies_votes_not_negative")),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_tallies")),
    )
    op.create_table(
        "tally_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column(
            "count",
            sa.Enum(
                "likes",
                "reposts",
                "comments",
                "followers",
                "following",
                "votes",
                "items",
                name="count",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("by", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tally_changes")),
    )
    with op.batch_alter_table("tally_changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tally_changes_subject_id"), ["subject_id"], unique=False)

    op.create_table(
        "apart",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["other_id"], ["users.id"], name=op.f("fk_apart_other_id_users"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["users.id"], name=op.f("fk_apart_person_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", "other_id", name=op.f("pk_apart")),
    )
    with op.batch_alter_table("apart", schema=None) as batch_op:
        batch_op.create_index(
            "ix_apart_blocked",
            ["person_id", "blocked_at"],
            unique=False,
            postgresql_where=sa.text("blocked_at IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_apart_other_id"), ["other_id"], unique=False)

    op.create_table(
        "follows",
        sa.Column("follower_id", sa.Uuid(), nullable=False),
        sa.Column("followed_id", sa.Uuid(), nullable=False),
        sa.Column("rings", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("follower_id <> followed_id", name=op.f("ck_follows_not_oneself")),
        sa.ForeignKeyConstraint(
            ["followed_id"], ["users.id"], name=op.f("fk_follows_followed_id_users"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["follower_id"], ["users.id"], name=op.f("fk_follows_follower_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("follower_id", "followed_id", name=op.f("pk_follows")),
    )
    with op.batch_alter_table("follows", schema=None) as batch_op:
        batch_op.create_index("ix_follows_followers", ["followed_id", "created_at", "follower_id"], unique=False)
        batch_op.create_index("ix_follows_following", ["follower_id", "created_at", "followed_id"], unique=False)

    op.create_table(
        "mutes",
        sa.Column("muter_id", sa.Uuid(), nullable=False),
        sa.Column("muted_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("muter_id <> muted_id", name=op.f("ck_mutes_not_oneself")),
        sa.ForeignKeyConstraint(["muted_id"], ["users.id"], name=op.f("fk_mutes_muted_id_users"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["muter_id"], ["users.id"], name=op.f("fk_mutes_muter_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("muter_id", "muted_id", name=op.f("pk_mutes")),
    )
    with op.batch_alter_table("mutes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mutes_muted_id"), ["muted_id"], unique=False)

    op.create_table(
        "sets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "playlist",
                "album",
                "ep",
                "single",
                "series",
                "podcast",
                "watch_later",
                name="setkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description_markdown", sa.Text(), server_default="", nullable=False),
        sa.Column("realm_slug", sa.Text(), nullable=True),
        sa.Column("genre", sa.Text(), server_default="", nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("release_date", sa.Date(), nullable=True),
        sa.Column("artwork_id", sa.Uuid(), nullable=True),
        sa.Column(
            "visibility",
            sa.Enum(
                "public", "unlisted", "private", name="visibility", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("link_secret", sa.Text(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("listed", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("withheld", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "comments_policy",
            sa.Enum(
                "open",
                "followers",
                "held",
                "closed",
                name="commentpolicy",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(visibility = 'unlisted') <= (link_secret IS NOT NULL)", name=op.f("ck_sets_unlisted_has_secret")
        ),
        sa.ForeignKeyConstraint(
            ["artwork_id"], ["pictures.id"], name=op.f("fk_sets_artwork_id_pictures"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_sets_owner_id_users"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["realm_slug"],
            ["realms.slug"],
            name=op.f("fk_sets_realm_slug_realms"),
            onupdate="CASCADE",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sets")),
        sa.UniqueConstraint("owner_id", "slug", name=op.f("uq_sets_owner_id_slug")),
        sa.UniqueConstraint("public_id", name=op.f("uq_sets_public_id")),
    )
    with op.batch_alter_table("sets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sets_artwork_id"), ["artwork_id"], unique=False)
        batch_op.create_index("ix_sets_by_owner", ["owner_id", "id"], unique=False)
        batch_op.create_index(
            "ix_sets_newest_by_owner",
            ["owner_id", "published_at", "id"],
            unique=False,
            postgresql_where=sa.text("listed"),
        )
        batch_op.create_index(
            "uq_sets_watch_later", ["owner_id"], unique=True, postgresql_where=sa.text("kind = 'watch_later'")
        )

    op.create_table(
        "former_set_slugs",
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("set_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name=op.f("fk_former_set_slugs_owner_id_users"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["set_id"], ["sets.id"], name=op.f("fk_former_set_slugs_set_id_sets"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("owner_id", "slug", name=op.f("pk_former_set_slugs")),
    )
    with op.batch_alter_table("former_set_slugs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_former_set_slugs_set_id"), ["set_id"], unique=False)

    op.create_table(
        "posts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("body_markdown", sa.Text(), nullable=False),
        sa.Column("medium_id", sa.Uuid(), nullable=True),
        sa.Column("set_id", sa.Uuid(), nullable=True),
        sa.Column("poll_closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "comments_policy",
            sa.Enum(
                "open",
                "followers",
                "held",
                "closed",
                name="commentpolicy",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("withheld", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("num_nonnulls(medium_id, set_id) <= 1", name=op.f("ck_posts_one_attachment")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_posts_author_id_users"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["medium_id"], ["media.id"], name=op.f("fk_posts_medium_id_media"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["set_id"], ["sets.id"], name=op.f("fk_posts_set_id_sets"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
        sa.UniqueConstraint("public_id", name=op.f("uq_posts_public_id")),
    )
    with op.batch_alter_table("posts", schema=None) as batch_op:
        batch_op.create_index("ix_posts_by_author", ["author_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_posts_medium_id"), ["medium_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_posts_set_id"), ["set_id"], unique=False)

    op.create_table(
        "reposts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("medium_id", sa.Uuid(), nullable=True),
        sa.Column("set_id", sa.Uuid(), nullable=True),
        sa.Column("caption", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("num_nonnulls(medium_id, set_id) = 1", name=op.f("ck_reposts_of_one_thing")),
        sa.ForeignKeyConstraint(
            ["medium_id"], ["media.id"], name=op.f("fk_reposts_medium_id_media"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["set_id"], ["sets.id"], name=op.f("fk_reposts_set_id_sets"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_reposts_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reposts")),
    )
    with op.batch_alter_table("reposts", schema=None) as batch_op:
        batch_op.create_index("ix_reposts_by_user", ["user_id", "id"], unique=False)
        batch_op.create_index(
            "ix_reposts_medium", ["medium_id", "id"], unique=False, postgresql_where=sa.text("medium_id IS NOT NULL")
        )
        batch_op.create_index(
            "ix_reposts_set", ["set_id", "id"], unique=False, postgresql_where=sa.text("set_id IS NOT NULL")
        )
        batch_op.create_index(
            "uq_reposts_medium",
            ["medium_id", "user_id"],
            unique=True,
            postgresql_where=sa.text("medium_id IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_reposts_set", ["set_id", "user_id"], unique=True, postgresql_where=sa.text("set_id IS NOT NULL")
        )

    op.create_table(
        "set_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("set_id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "added",
                "removed",
                "moved",
                "edited",
                name="changekind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("medium_id", sa.Uuid(), nullable=True),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["users.id"], name=op.f("fk_set_changes_actor_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["medium_id"], ["media.id"], name=op.f("fk_set_changes_medium_id_media"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["set_id"], ["sets.id"], name=op.f("fk_set_changes_set_id_sets"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_set_changes")),
    )
    with op.batch_alter_table("set_changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_set_changes_actor_id"), ["actor_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_set_changes_medium_id"), ["medium_id"], unique=False)
        batch_op.create_index("ix_set_changes_newest", ["set_id", "id"], unique=False)

    op.create_table(
        "set_editors",
        sa.Column("set_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["set_id"], ["sets.id"], name=op.f("fk_set_editors_set_id_sets"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_set_editors_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("set_id", "user_id", name=op.f("pk_set_editors")),
    )
    with op.batch_alter_table("set_editors", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_set_editors_user_id"), ["user_id"], unique=False)

    op.create_table(
        "set_invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("set_id", sa.Uuid(), nullable=False),
        sa.Column("invited_id", sa.Uuid(), nullable=True),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["invited_id"], ["users.id"], name=op.f("fk_set_invitations_invited_id_users"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["set_id"], ["sets.id"], name=op.f("fk_set_invitations_set_id_sets"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_set_invitations")),
        sa.UniqueConstraint("set_id", "invited_id", name=op.f("uq_set_invitations_set_id_invited_id")),
        sa.UniqueConstraint("token", name=op.f("uq_set_invitations_token")),
    )
    with op.batch_alter_table("set_invitations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_set_invitations_invited_id"), ["invited_id"], unique=False)

    op.create_table(
        "set_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("set_id", sa.Uuid(), nullable=False),
        sa.Column("medium_id", sa.Uuid(), nullable=False),
        sa.Column("rank", sa.Text(collation="C"), nullable=False),
        sa.Column("season", sa.Integer(), nullable=True),
        sa.Column("episode", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("starts_at_ms", sa.Integer(), nullable=True),
        sa.Column("stops_at_ms", sa.Integer(), nullable=True),
        sa.Column("added_by_id", sa.Uuid(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "stops_at_ms IS NULL OR stops_at_ms > coalesce(starts_at_ms, 0)",
            name=op.f("ck_set_items_stops_after_it_starts"),
        ),
        sa.ForeignKeyConstraint(
            ["added_by_id"], ["users.id"], name=op.f("fk_set_items_added_by_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["medium_id"], ["media.id"], name=op.f("fk_set_items_medium_id_media"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["set_id"], ["sets.id"], name=op.f("fk_set_items_set_id_sets"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_set_items")),
        sa.UniqueConstraint("set_id", "medium_id", name=op.f("uq_set_items_set_id_medium_id")),
    )
    with op.batch_alter_table("set_items", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_set_items_added_by_id"), ["added_by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_set_items_medium_id"), ["medium_id"], unique=False)
        batch_op.create_index("ix_set_items_order", ["set_id", "rank", "id"], unique=False)

    op.create_table(
        "share_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("medium_id", sa.Uuid(), nullable=True),
        sa.Column("set_id", sa.Uuid(), nullable=True),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("play_cap", sa.Integer(), nullable=True),
        sa.Column("plays", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_played_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("num_nonnulls(medium_id, set_id) = 1", name=op.f("ck_share_links_of_one_thing")),
        sa.CheckConstraint("play_cap IS NULL OR play_cap > 0", name=op.f("ck_share_links_play_cap_positive")),
        sa.ForeignKeyConstraint(
            ["medium_id"], ["media.id"], name=op.f("fk_share_links_medium_id_media"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["set_id"], ["sets.id"], name=op.f("fk_share_links_set_id_sets"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_links")),
        sa.UniqueConstraint("token", name=op.f("uq_share_links_token")),
    )
    with op.batch_alter_table("share_links", schema=None) as batch_op:
        batch_op.create_index(
            "ix_share_links_medium",
            ["medium_id", "id"],
            unique=False,
            postgresql_where=sa.text("medium_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_share_links_set", ["set_id", "id"], unique=False, postgresql_where=sa.text("set_id IS NOT NULL")
        )

    op.create_table(
        "activities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column(
            "verb",
            sa.Enum(
                "published", "reposted", "liked", name="verb", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("medium_id", sa.Uuid(), nullable=True),
        sa.Column("set_id", sa.Uuid(), nullable=True),
        sa.Column("post_id", sa.Uuid(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("num_nonnulls(medium_id, set_id, post_id) = 1", name=op.f("ck_activities_of_one_thing")),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["users.id"], name=op.f("fk_activities_actor_id_users"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["medium_id"], ["media.id"], name=op.f("fk_activities_medium_id_media"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_activities_post_id_posts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["set_id"], ["sets.id"], name=op.f("fk_activities_set_id_sets"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activities")),
    )
    with op.batch_alter_table("activities", schema=None) as batch_op:
        batch_op.create_index("ix_activities_by_actor", ["actor_id", "id"], unique=False)
        batch_op.create_index(
            "uq_activities_of_medium",
            ["medium_id", "actor_id", "verb"],
            unique=True,
            postgresql_where=sa.text("medium_id IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_activities_of_post",
            ["post_id", "actor_id", "verb"],
            unique=True,
            postgresql_where=sa.text("post_id IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_activities_of_set",
            ["set_id", "actor_id", "verb"],
            unique=True,
            postgresql_where=sa.text("set_id IS NOT NULL"),
        )

    op.create_table(
        "comments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("medium_id", sa.Uuid(), nullable=True),
        sa.Column("set_id", sa.Uuid(), nullable=True),
        sa.Column("post_id", sa.Uuid(), nullable=True),
        sa.Column("thread_id", sa.Uuid(), nullable=True),
        sa.Column("answers_id", sa.Uuid(), nullable=True),
        sa.Column("at_ms", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "visible", "held", "deleted", name="commentstate", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("likes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pinned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hearted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "at_ms IS NULL OR (at_ms >= 0 AND medium_id IS NOT NULL)", name=op.f("ck_comments_moment_of_a_medium")
        ),
        sa.CheckConstraint("num_nonnulls(medium_id, set_id, post_id) = 1", name=op.f("ck_comments_of_one_thing")),
        sa.ForeignKeyConstraint(
            ["answers_id"], ["comments.id"], name=op.f("fk_comments_answers_id_comments"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_comments_author_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["medium_id"], ["media.id"], name=op.f("fk_comments_medium_id_media"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_comments_post_id_posts"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["set_id"], ["sets.id"], name=op.f("fk_comments_set_id_sets"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["comments.id"], name=op.f("fk_comments_thread_id_comments"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
        sa.UniqueConstraint("public_id", name=op.f("uq_comments_public_id")),
    )
    with op.batch_alter_table("comments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_comments_answers_id"), ["answers_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_comments_author_id"), ["author_id"], unique=False)
        batch_op.create_index(
            "ix_comments_best_of_medium",
            ["medium_id", "likes", "id"],
            unique=False,
            postgresql_where=sa.text("thread_id IS NULL AND medium_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_comments_best_of_post",
            ["post_id", "likes", "id"],
            unique=False,
            postgresql_where=sa.text("thread_id IS NULL AND post_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_comments_best_of_set",
            ["set_id", "likes", "id"],
            unique=False,
            postgresql_where=sa.text("thread_id IS NULL AND set_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_comments_moments",
            ["medium_id", "at_ms", "id"],
            unique=False,
            postgresql_where=sa.text("at_ms IS NOT NULL AND state = 'visible'"),
        )
        batch_op.create_index(
            "ix_comments_newest_of_medium",
            ["medium_id", "id"],
            unique=False,
            postgresql_where=sa.text("thread_id IS NULL AND medium_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_comments_newest_of_post",
            ["post_id", "id"],
            unique=False,
            postgresql_where=sa.text("thread_id IS NULL AND post_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_comments_newest_of_set",
            ["set_id", "id"],
            unique=False,
            postgresql_where=sa.text("thread_id IS NULL AND set_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_comments_thread", ["thread_id", "id"], unique=False, postgresql_where=sa.text("thread_id IS NOT NULL")
        )

    op.create_table(
        "poll_options",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_poll_options_post_id_posts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poll_options")),
        sa.UniqueConstraint("post_id", "id", name=op.f("uq_poll_options_post_id_id")),
        sa.UniqueConstraint("post_id", "position", name=op.f("uq_poll_options_post_id_position")),
    )
    op.create_table(
        "post_pictures",
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("picture_id", sa.Uuid(), nullable=False),
        sa.Column("alt", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("position BETWEEN 0 AND 3", name=op.f("ck_post_pictures_at_most_four")),
        sa.ForeignKeyConstraint(
            ["picture_id"], ["pictures.id"], name=op.f("fk_post_pictures_picture_id_pictures"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_post_pictures_post_id_posts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", "position", name=op.f("pk_post_pictures")),
    )
    with op.batch_alter_table("post_pictures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_post_pictures_picture_id"), ["picture_id"], unique=False)

    op.create_table(
        "post_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("body_markdown", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_post_versions_post_id_posts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_versions")),
    )
    with op.batch_alter_table("post_versions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_post_versions_post_id"), ["post_id"], unique=False)

    op.create_table(
        "comment_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_comment_versions_comment_id_comments"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment_versions")),
    )
    with op.batch_alter_table("comment_versions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_comment_versions_comment_id"), ["comment_id"], unique=False)

    op.create_table(
        "likes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("medium_id", sa.Uuid(), nullable=True),
        sa.Column("set_id", sa.Uuid(), nullable=True),
        sa.Column("post_id", sa.Uuid(), nullable=True),
        sa.Column("comment_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "num_nonnulls(medium_id, set_id, post_id, comment_id) = 1", name=op.f("ck_likes_of_one_thing")
        ),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_likes_comment_id_comments"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["medium_id"], ["media.id"], name=op.f("fk_likes_medium_id_media"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_likes_post_id_posts"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["set_id"], ["sets.id"], name=op.f("fk_likes_set_id_sets"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_likes_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_likes")),
    )
    with op.batch_alter_table("likes", schema=None) as batch_op:
        batch_op.create_index("ix_likes_by_user", ["user_id", "id"], unique=False)
        batch_op.create_index(
            "ix_likes_comment", ["comment_id", "id"], unique=False, postgresql_where=sa.text("comment_id IS NOT NULL")
        )
        batch_op.create_index(
            "ix_likes_medium", ["medium_id", "id"], unique=False, postgresql_where=sa.text("medium_id IS NOT NULL")
        )
        batch_op.create_index(
            "ix_likes_post", ["post_id", "id"], unique=False, postgresql_where=sa.text("post_id IS NOT NULL")
        )
        batch_op.create_index(
            "ix_likes_set", ["set_id", "id"], unique=False, postgresql_where=sa.text("set_id IS NOT NULL")
        )
        batch_op.create_index(
            "uq_likes_comment",
            ["comment_id", "user_id"],
            unique=True,
            postgresql_where=sa.text("comment_id IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_likes_medium", ["medium_id", "user_id"], unique=True, postgresql_where=sa.text("medium_id IS NOT NULL")
        )
        batch_op.create_index(
            "uq_likes_post", ["post_id", "user_id"], unique=True, postgresql_where=sa.text("post_id IS NOT NULL")
        )
        batch_op.create_index(
            "uq_likes_set", ["set_id", "user_id"], unique=True, postgresql_where=sa.text("set_id IS NOT NULL")
        )

    op.create_table(
        "poll_votes",
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("option_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id", "option_id"],
            ["poll_options.post_id", "poll_options.id"],
            name=op.f("fk_poll_votes_post_id_poll_options"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_poll_votes_post_id_posts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_poll_votes_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", "user_id", name=op.f("pk_poll_votes")),
    )
    with op.batch_alter_table("poll_votes", schema=None) as batch_op:
        batch_op.create_index("ix_poll_votes_option", ["post_id", "option_id"], unique=False)

    with op.batch_alter_table("media", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "comments_policy",
                sa.Enum(
                    "open",
                    "followers",
                    "held",
                    "closed",
                    name="commentpolicy",
                    native_enum=False,
                    create_constraint=True,
                    length=24,
                ),
                server_default="open",
                nullable=False,
            )
        )

    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.add_column(sa.Column("shares_likes", sa.Boolean(), server_default="false", nullable=False))


def downgrade() -> None:
    op.drop_column("outbox", "errands")
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_column("shares_likes")

    with op.batch_alter_table("media", schema=None) as batch_op:
        batch_op.drop_column("comments_policy")

    with op.batch_alter_table("poll_votes", schema=None) as batch_op:
        batch_op.drop_index("ix_poll_votes_option")

    op.drop_table("poll_votes")
    with op.batch_alter_table("likes", schema=None) as batch_op:
        batch_op.drop_index("uq_likes_set", postgresql_where=sa.text("set_id IS NOT NULL"))
        batch_op.drop_index("uq_likes_post", postgresql_where=sa.text("post_id IS NOT NULL"))
        batch_op.drop_index("uq_likes_medium", postgresql_where=sa.text("medium_id IS NOT NULL"))
        batch_op.drop_index("uq_likes_comment", postgresql_where=sa.text("comment_id IS NOT NULL"))
        batch_op.drop_index("ix_likes_set", postgresql_where=sa.text("set_id IS NOT NULL"))
        batch_op.drop_index("ix_likes_post", postgresql_where=sa.text("post_id IS NOT NULL"))
        batch_op.drop_index("ix_likes_medium", postgresql_where=sa.text("medium_id IS NOT NULL"))
        batch_op.drop_index("ix_likes_comment", postgresql_where=sa.text("comment_id IS NOT NULL"))
        batch_op.drop_index("ix_likes_by_user")

    op.drop_table("likes")
    with op.batch_alter_table("comment_versions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_comment_versions_comment_id"))

    op.drop_table("comment_versions")
    with op.batch_alter_table("post_versions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_post_versions_post_id"))

    op.drop_table("post_versions")
    with op.batch_alter_table("post_pictures", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_post_pictures_picture_id"))

    op.drop_table("post_pictures")
    op.drop_table("poll_options")
    with op.batch_alter_table("comments", schema=None) as batch_op:
        batch_op.drop_index("ix_comments_thread", postgresql_where=sa.text("thread_id IS NOT NULL"))
        batch_op.drop_index(
            "ix_comments_newest_of_set", postgresql_where=sa.text("thread_id IS NULL AND set_id IS NOT NULL")
        )
        batch_op.drop_index(
            "ix_comments_newest_of_post", postgresql_where=sa.text("thread_id IS NULL AND post_id IS NOT NULL")
        )
        batch_op.drop_index(
            "ix_comments_newest_of_medium", postgresql_where=sa.text("thread_id IS NULL AND medium_id IS NOT NULL")
        )
        batch_op.drop_index("ix_comments_moments", postgresql_where=sa.text("at_ms IS NOT NULL AND state = 'visible'"))
        batch_op.drop_index(
            "ix_comments_best_of_set", postgresql_where=sa.text("thread_id IS NULL AND set_id IS NOT NULL")
        )
        batch_op.drop_index(
            "ix_comments_best_of_post", postgresql_where=sa.text("thread_id IS NULL AND post_id IS NOT NULL")
        )
        batch_op.drop_index(
            "ix_comments_best_of_medium", postgresql_where=sa.text("thread_id IS NULL AND medium_id IS NOT NULL")
        )
        batch_op.drop_index(batch_op.f("ix_comments_author_id"))
        batch_op.drop_index(batch_op.f("ix_comments_answers_id"))

    op.drop_table("comments")
    with op.batch_alter_table("activities", schema=None) as batch_op:
        batch_op.drop_index("uq_activities_of_set", postgresql_where=sa.text("set_id IS NOT NULL"))
        batch_op.drop_index("uq_activities_of_post", postgresql_where=sa.text("post_id IS NOT NULL"))
        batch_op.drop_index("uq_activities_of_medium", postgresql_where=sa.text("medium_id IS NOT NULL"))
        batch_op.drop_index("ix_activities_by_actor")

    op.drop_table("activities")
    with op.batch_alter_table("share_links", schema=None) as batch_op:
        batch_op.drop_index("ix_share_links_set", postgresql_where=sa.text("set_id IS NOT NULL"))
        batch_op.drop_index("ix_share_links_medium", postgresql_where=sa.text("medium_id IS NOT NULL"))

    op.drop_table("share_links")
    with op.batch_alter_table("set_items", schema=None) as batch_op:
        batch_op.drop_index("ix_set_items_order")
        batch_op.drop_index(batch_op.f("ix_set_items_medium_id"))
        batch_op.drop_index(batch_op.f("ix_set_items_added_by_id"))

    op.drop_table("set_items")
    with op.batch_alter_table("set_invitations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_set_invitations_invited_id"))

    op.drop_table("set_invitations")
    with op.batch_alter_table("set_editors", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_set_editors_user_id"))

    op.drop_table("set_editors")
    with op.batch_alter_table("set_changes", schema=None) as batch_op:
        batch_op.drop_index("ix_set_changes_newest")
        batch_op.drop_index(batch_op.f("ix_set_changes_medium_id"))
        batch_op.drop_index(batch_op.f("ix_set_changes_actor_id"))

    op.drop_table("set_changes")
    with op.batch_alter_table("reposts", schema=None) as batch_op:
        batch_op.drop_index("uq_reposts_set", postgresql_where=sa.text("set_id IS NOT NULL"))
        batch_op.drop_index("uq_reposts_medium", postgresql_where=sa.text("medium_id IS NOT NULL"))
        batch_op.drop_index("ix_reposts_set", postgresql_where=sa.text("set_id IS NOT NULL"))
        batch_op.drop_index("ix_reposts_medium", postgresql_where=sa.text("medium_id IS NOT NULL"))
        batch_op.drop_index("ix_reposts_by_user")

    op.drop_table("reposts")
    with op.batch_alter_table("posts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_posts_set_id"))
        batch_op.drop_index(batch_op.f("ix_posts_medium_id"))
        batch_op.drop_index("ix_posts_by_author")

    op.drop_table("posts")
    with op.batch_alter_table("former_set_slugs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_former_set_slugs_set_id"))

    op.drop_table("former_set_slugs")
    with op.batch_alter_table("sets", schema=None) as batch_op:
        batch_op.drop_index("uq_sets_watch_later", postgresql_where=sa.text("kind = 'watch_later'"))
        batch_op.drop_index("ix_sets_newest_by_owner", postgresql_where=sa.text("listed"))
        batch_op.drop_index("ix_sets_by_owner")
        batch_op.drop_index(batch_op.f("ix_sets_artwork_id"))

    op.drop_table("sets")
    with op.batch_alter_table("mutes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mutes_muted_id"))

    op.drop_table("mutes")
    with op.batch_alter_table("follows", schema=None) as batch_op:
        batch_op.drop_index("ix_follows_following")
        batch_op.drop_index("ix_follows_followers")

    op.drop_table("follows")
    with op.batch_alter_table("apart", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_apart_other_id"))
        batch_op.drop_index("ix_apart_blocked", postgresql_where=sa.text("blocked_at IS NOT NULL"))

    op.drop_table("apart")
    with op.batch_alter_table("tally_changes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tally_changes_subject_id"))

    op.drop_table("tally_changes")
    op.drop_table("tallies")
