"""messages"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("low_id", sa.Uuid(), nullable=True),
        sa.Column("high_id", sa.Uuid(), nullable=True),
        sa.Column("last_number", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("low_id < high_id", name=op.f("ck_conversations_low_before_high")),
        sa.ForeignKeyConstraint(
            ["high_id"], ["users.id"], name=op.f("fk_conversations_high_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["low_id"], ["users.id"], name=op.f("fk_conversations_low_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint("low_id", "high_id", name=op.f("uq_conversations_low_id_high_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_conversations_public_id")),
    )
    op.create_index(op.f("ix_conversations_high_id"), "conversations", ["high_id"], unique=False)
    op.create_table(
        "message_reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reporter_id", sa.Uuid(), nullable=True),
        sa.Column("reported_id", sa.Uuid(), nullable=True),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("up_to_number", sa.Integer(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "spam",
                "harassment",
                "threat",
                "sexual",
                "other",
                name="reportreason",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("snapshot", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_message_reports_conversation_id_conversations"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["reported_id"], ["users.id"], name=op.f("fk_message_reports_reported_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["reporter_id"], ["users.id"], name=op.f("fk_message_reports_reporter_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_reports")),
        sa.UniqueConstraint(
            "reporter_id",
            "conversation_id",
            "up_to_number",
            name=op.f("uq_message_reports_reporter_id_conversation_id_up_to_number"),
        ),
    )
    op.create_index(op.f("ix_message_reports_conversation_id"), "message_reports", ["conversation_id"], unique=False)
    op.create_index(op.f("ix_message_reports_reported_id"), "message_reports", ["reported_id"], unique=False)
    op.create_table(
        "messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sender_id", sa.Uuid(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("client_key", sa.Text(), nullable=False),
        sa.Column("has_attachment", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("medium_id", sa.Uuid(), nullable=True),
        sa.Column("set_id", sa.Uuid(), nullable=True),
        sa.Column("link_secret", sa.Text(), nullable=True),
        sa.Column("hidden_from_sender", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("hidden_from_reader", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("num_nonnulls(medium_id, set_id) <= 1", name=op.f("ck_messages_one_attachment")),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_messages_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["medium_id"], ["media.id"], name=op.f("fk_messages_medium_id_media"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["sender_id"], ["users.id"], name=op.f("fk_messages_sender_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["set_id"], ["sets.id"], name=op.f("fk_messages_set_id_sets"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("conversation_id", "number", name=op.f("uq_messages_conversation_id_number")),
        sa.UniqueConstraint(
            "conversation_id", "sender_id", "client_key", name=op.f("uq_messages_conversation_id_sender_id_client_key")
        ),
    )
    op.create_index(op.f("ix_messages_medium_id"), "messages", ["medium_id"], unique=False)
    op.create_index(op.f("ix_messages_sender_id"), "messages", ["sender_id"], unique=False)
    op.create_index(op.f("ix_messages_set_id"), "messages", ["set_id"], unique=False)
    op.create_table(
        "participants",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "accepted", "request", "declined", name="standing", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("last_number", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unread", sa.Integer(), server_default="0", nullable=False),
        sa.Column("read_up_to", sa.Integer(), server_default="0", nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_up_to", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("unread >= 0", name=op.f("ck_participants_unread_not_negative")),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_participants_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["users.id"], name=op.f("fk_participants_other_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_participants_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("conversation_id", "user_id", name=op.f("pk_participants")),
    )
    op.create_index(
        "ix_participants_inbox",
        "participants",
        ["user_id", "state", "last_at", "conversation_id"],
        unique=False,
        postgresql_where=sa.text("last_number > 0"),
    )
    op.create_index(op.f("ix_participants_other_id"), "participants", ["other_id"], unique=False)
    op.create_index(
        "ix_participants_unread", "participants", ["user_id"], unique=False, postgresql_where=sa.text("unread > 0")
    )
    op.add_column(
        "users",
        sa.Column(
            "who_may_write",
            sa.Enum(
                "everyone",
                "followed",
                "nobody",
                name="whomaywrite",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            server_default="everyone",
            nullable=False,
        ),
    )


def downgrade() -> None:
    op.drop_column("users", "who_may_write")
    op.drop_index("ix_participants_unread", table_name="participants", postgresql_where=sa.text("unread > 0"))
    op.drop_index(op.f("ix_participants_other_id"), table_name="participants")
    op.drop_index("ix_participants_inbox", table_name="participants", postgresql_where=sa.text("last_number > 0"))
    op.drop_table("participants")
    op.drop_index(op.f("ix_messages_set_id"), table_name="messages")
    op.drop_index(op.f("ix_messages_sender_id"), table_name="messages")
    op.drop_index(op.f("ix_messages_medium_id"), table_name="messages")
    op.drop_table("messages")
    op.drop_index(op.f("ix_message_reports_reported_id"), table_name="message_reports")
    op.drop_index(op.f("ix_message_reports_conversation_id"), table_name="message_reports")
    op.drop_table("message_reports")
    op.drop_index(op.f("ix_conversations_high_id"), table_name="conversations")
    op.drop_table("conversations")
