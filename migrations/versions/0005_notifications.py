"""Notifications: what was told to whom, by which channels; fan-outs, and browsers that are pushed to."""

from alembic import op
import sqlalchemy as sa

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "notification_choices",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
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
                name="noticekind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("in_app", sa.Boolean(), nullable=False),
        sa.Column(
            "mail",
            sa.Enum(
                "off", "at_once", "digest", name="mailchoice", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("push", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_notification_choices_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "kind", name=op.f("pk_notification_choices")),
    )
    op.create_table(
        "notification_mailings",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_notification_mailings_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_notification_mailings")),
    )
    op.create_table(
        "push_subscriptions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("p256dh", sa.Text(), nullable=False),
        sa.Column("auth", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_push_subscriptions_session_id_sessions"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_push_subscriptions_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscriptions")),
        sa.UniqueConstraint("endpoint", name=op.f("uq_push_subscriptions_endpoint")),
    )
    op.create_index(op.f("ix_push_subscriptions_session_id"), "push_subscriptions", ["session_id"], unique=False)
    op.create_index(op.f("ix_push_subscriptions_user_id"), "push_subscriptions", ["user_id"], unique=False)
    op.create_table(
        "fan_outs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("medium_id", sa.Uuid(), nullable=True),
        sa.Column("set_id", sa.Uuid(), nullable=True),
        sa.Column("post_id", sa.Uuid(), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("follower_id", sa.Uuid(), nullable=True),
        sa.Column("told", sa.Integer(), server_default="0", nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("num_nonnulls(medium_id, set_id, post_id) = 1", name=op.f("ck_fan_outs_of_one_thing")),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["users.id"], name=op.f("fk_fan_outs_actor_id_users"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["medium_id"], ["media.id"], name=op.f("fk_fan_outs_medium_id_media"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name=op.f("fk_fan_outs_post_id_posts"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["set_id"], ["sets.id"], name=op.f("fk_fan_outs_set_id_sets"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fan_outs")),
    )
    op.create_index(op.f("ix_fan_outs_actor_id"), "fan_outs", ["actor_id"], unique=False)
    op.create_index(
        "ix_fan_outs_waiting", "fan_outs", ["id"], unique=False, postgresql_where=sa.text("finished_at IS NULL")
    )
    op.create_index(
        "uq_fan_outs_medium", "fan_outs", ["medium_id"], unique=True, postgresql_where=sa.text("medium_id IS NOT NULL")
    )
    op.create_index(
        "uq_fan_outs_post", "fan_outs", ["post_id"], unique=True, postgresql_where=sa.text("post_id IS NOT NULL")
    )
    op.create_index(
        "uq_fan_outs_set", "fan_outs", ["set_id"], unique=True, postgresql_where=sa.text("set_id IS NOT NULL")
    )
    op.create_table(
        "notifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
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
                name="noticekind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("medium_id", sa.Uuid(), nullable=True),
        sa.Column("set_id", sa.Uuid(), nullable=True),
        sa.Column("post_id", sa.Uuid(), nullable=True),
        sa.Column("comment_id", sa.Uuid(), nullable=True),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("count", sa.Integer(), server_default="1", nullable=False),
        sa.Column("in_app", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "mail_state",
            sa.Enum(
                "none",
                "at_once",
                "digest",
                "sending",
                "sent",
                name="mailstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            server_default="none",
            nullable=False,
        ),
        sa.Column("mail_claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mailed_count", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("count > 0 AND mailed_count BETWEEN 0 AND count", name=op.f("ck_notifications_counts")),
        sa.CheckConstraint(
            "num_nonnulls(medium_id, set_id, post_id, comment_id, conversation_id) <= 1",
            name=op.f("ck_notifications_of_one_thing"),
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["users.id"], name=op.f("fk_notifications_actor_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_notifications_comment_id_comments"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_notifications_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["medium_id"], ["media.id"], name=op.f("fk_notifications_medium_id_media"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_notifications_post_id_posts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["users.id"], name=op.f("fk_notifications_recipient_id_users"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["set_id"], ["sets.id"], name=op.f("fk_notifications_set_id_sets"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sa.UniqueConstraint("recipient_id", "key", name=op.f("uq_notifications_recipient_id_key")),
    )
    op.create_index(op.f("ix_notifications_actor_id"), "notifications", ["actor_id"], unique=False)
    op.create_index(
        "ix_notifications_newest",
        "notifications",
        ["recipient_id", "happened_at", "id"],
        unique=False,
        postgresql_where=sa.text("in_app"),
    )
    op.create_index(
        "ix_notifications_of_comment",
        "notifications",
        ["comment_id"],
        unique=False,
        postgresql_where=sa.text("comment_id IS NOT NULL"),
    )
    op.create_index(
        "ix_notifications_of_conversation",
        "notifications",
        ["conversation_id"],
        unique=False,
        postgresql_where=sa.text("conversation_id IS NOT NULL"),
    )
    op.create_index(
        "ix_notifications_of_medium",
        "notifications",
        ["medium_id"],
        unique=False,
        postgresql_where=sa.text("medium_id IS NOT NULL"),
    )
    op.create_index(
        "ix_notifications_of_post",
        "notifications",
        ["post_id"],
        unique=False,
        postgresql_where=sa.text("post_id IS NOT NULL"),
    )
    op.create_index(
        "ix_notifications_of_set",
        "notifications",
        ["set_id"],
        unique=False,
        postgresql_where=sa.text("set_id IS NOT NULL"),
    )
    op.create_index("ix_notifications_old", "notifications", ["happened_at"], unique=False, postgresql_using="brin")
    op.create_index(
        "ix_notifications_to_mail",
        "notifications",
        ["mail_state", "happened_at"],
        unique=False,
        postgresql_where=sa.text("mail_state IN ('at_once', 'digest', 'sending')"),
    )
    op.create_index(
        "ix_notifications_unseen",
        "notifications",
        ["recipient_id"],
        unique=False,
        postgresql_where=sa.text("in_app AND seen_at IS NULL"),
    )
    op.create_table(
        "notification_events",
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("event_key", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["users.id"], name=op.f("fk_notification_events_actor_id_users"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id", "key"],
            ["notifications.recipient_id", "notifications.key"],
            name=op.f("fk_notification_events_recipient_id_notifications"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("recipient_id", "event_key", name=op.f("pk_notification_events")),
    )
    op.create_index(op.f("ix_notification_events_actor_id"), "notification_events", ["actor_id"], unique=False)
    op.create_index(
        "ix_notification_events_latest", "notification_events", ["recipient_id", "key", "happened_at"], unique=False
    )
    op.create_table(
        "push_deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["notifications.id"],
            name=op.f("fk_push_deliveries_notification_id_notifications"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["push_subscriptions.id"],
            name=op.f("fk_push_deliveries_subscription_id_push_subscriptions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_deliveries")),
        sa.UniqueConstraint(
            "notification_id", "subscription_id", name=op.f("uq_push_deliveries_notification_id_subscription_id")
        ),
    )
    op.create_index(
        "ix_push_deliveries_due",
        "push_deliveries",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_index(op.f("ix_push_deliveries_subscription_id"), "push_deliveries", ["subscription_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_push_deliveries_subscription_id"), table_name="push_deliveries")
    op.drop_index("ix_push_deliveries_due", table_name="push_deliveries", postgresql_where=sa.text("done_at IS NULL"))
    op.drop_table("push_deliveries")
    op.drop_index("ix_notification_events_latest", table_name="notification_events")
    op.drop_index(op.f("ix_notification_events_actor_id"), table_name="notification_events")
    op.drop_table("notification_events")
    op.drop_index(
        "ix_notifications_unseen", table_name="notifications", postgresql_where=sa.text("in_app AND seen_at IS NULL")
    )
    op.drop_index(
        "ix_notifications_to_mail",
        table_name="notifications",
        postgresql_where=sa.text("mail_state IN ('at_once', 'digest', 'sending')"),
    )
    op.drop_index("ix_notifications_old", table_name="notifications", postgresql_using="brin")
    op.drop_index("ix_notifications_of_set", table_name="notifications", postgresql_where=sa.text("set_id IS NOT NULL"))
    op.drop_index(
        "ix_notifications_of_post", table_name="notifications", postgresql_where=sa.text("post_id IS NOT NULL")
    )
    op.drop_index(
        "ix_notifications_of_medium", table_name="notifications", postgresql_where=sa.text("medium_id IS NOT NULL")
    )
    op.drop_index(
        "ix_notifications_of_conversation",
        table_name="notifications",
        postgresql_where=sa.text("conversation_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_notifications_of_comment", table_name="notifications", postgresql_where=sa.text("comment_id IS NOT NULL")
    )
    op.drop_index("ix_notifications_newest", table_name="notifications", postgresql_where=sa.text("in_app"))
    op.drop_index(op.f("ix_notifications_actor_id"), table_name="notifications")
    op.drop_table("notifications")
    op.drop_index("uq_fan_outs_post", table_name="fan_outs", postgresql_where=sa.text("post_id IS NOT NULL"))
    op.drop_index("uq_fan_outs_set", table_name="fan_outs", postgresql_where=sa.text("set_id IS NOT NULL"))
    op.drop_index("uq_fan_outs_medium", table_name="fan_outs", postgresql_where=sa.text("medium_id IS NOT NULL"))
    op.drop_index("ix_fan_outs_waiting", table_name="fan_outs", postgresql_where=sa.text("finished_at IS NULL"))
    op.drop_index(op.f("ix_fan_outs_actor_id"), table_name="fan_outs")
    op.drop_table("fan_outs")
    op.drop_index(op.f("ix_push_subscriptions_user_id"), table_name="push_subscriptions")
    op.drop_index(op.f("ix_push_subscriptions_session_id"), table_name="push_subscriptions")
    op.drop_table("push_subscriptions")
    op.drop_table("notification_mailings")
    op.drop_table("notification_choices")
