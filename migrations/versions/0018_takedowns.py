"""Takedowns: notices about rights, what they name, their clocks, strikes, and the figures that everyone may read.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
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
)


def _allow(kinds: tuple[str, ...]) -> None:
    """Let notifications be of these kinds; what is there is not looked through while others wait."""
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    for table in ("notifications", "notification_choices"):
        name = f"ck_{table}_noticekind"
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK (kind IN ({listed})) NOT VALID")
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


def upgrade() -> None:
    _allow((*KINDS, "takedown"))
    op.create_table(
        "transparency_figures",
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("period", "name", name=op.f("pk_transparency_figures")),
    )
    op.create_table(
        "repeat_infringements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("strikes", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "suspended",
                "spared",
                "dropped",
                "lifted",
                name="repeatstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("decision_id", sa.Uuid(), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("reasons", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["users.id"],
            name=op.f("fk_repeat_infringements_decided_by_id_users"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["users.id"], name=op.f("fk_repeat_infringements_person_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repeat_infringements")),
    )
    op.create_index(
        op.f("ix_repeat_infringements_decided_by_id"), "repeat_infringements", ["decided_by_id"], unique=False
    )
    op.create_index(op.f("ix_repeat_infringements_person_id"), "repeat_infringements", ["person_id"], unique=False)
    op.create_index(
        "ix_repeat_infringements_proposed",
        "repeat_infringements",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_index(
        "uq_repeat_infringements_open",
        "repeat_infringements",
        ["person_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('proposed', 'suspended')"),
    )
    op.create_table(
        "takedown_complainants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("flagged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("flagged_by_id", sa.Uuid(), nullable=True),
        sa.Column("flag_reasons", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["flagged_by_id"],
            ["users.id"],
            name=op.f("fk_takedown_complainants_flagged_by_id_users"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_takedown_complainants_user_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_takedown_complainants")),
        sa.UniqueConstraint("email_key", name=op.f("uq_takedown_complainants_email_key")),
    )
    op.create_index(
        op.f("ix_takedown_complainants_flagged_by_id"), "takedown_complainants", ["flagged_by_id"], unique=False
    )
    op.create_index(op.f("ix_takedown_complainants_user_id"), "takedown_complainants", ["user_id"], unique=False)
    op.create_table(
        "takedown_notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("complainant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "role",
            sa.Enum("owner", "agent", name="complainantrole", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("postal_address", sa.Text(), server_default="", nullable=False),
        sa.Column("works", sa.Text(), nullable=False),
        sa.Column("explanation", sa.Text(), server_default="", nullable=False),
        sa.Column("proofs", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("unfound", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sending", sa.Text(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "unconfirmed",
                "waiting",
                "asked",
                "decided",
                "withdrawn",
                "lapsed",
                "merged",
                name="noticestate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("merged_into_id", sa.Uuid(), nullable=True),
        sa.Column(
            "publication",
            sa.Enum(
                "waiting",
                "published",
                "kept_back",
                name="publication",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("redactions", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("public_name", sa.Text(), server_default="", nullable=False),
        sa.Column("public_works", sa.Text(), server_default="", nullable=False),
        sa.Column("public_explanation", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(publication = 'published') = (published_at IS NOT NULL)", name=op.f("ck_takedown_notices_published_once")
        ),
        sa.CheckConstraint(
            "(state = 'merged') = (merged_into_id IS NOT NULL)", name=op.f("ck_takedown_notices_merged_into_one")
        ),
        sa.ForeignKeyConstraint(
            ["complainant_id"],
            ["takedown_complainants.id"],
            name=op.f("fk_takedown_notices_complainant_id_takedown_complainants"),
        ),
        sa.ForeignKeyConstraint(
            ["merged_into_id"],
            ["takedown_notices.id"],
            name=op.f("fk_takedown_notices_merged_into_id_takedown_notices"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_takedown_notices")),
        sa.UniqueConstraint("reference", name=op.f("uq_takedown_notices_reference")),
        sa.UniqueConstraint("sending", name=op.f("uq_takedown_notices_sending")),
    )
    op.create_index(
        "ix_takedown_notices_by_complainant", "takedown_notices", ["complainant_id", "created_at", "id"], unique=False
    )
    op.create_index("ix_takedown_notices_by_state", "takedown_notices", ["state", "created_at", "id"], unique=False)
    op.create_index(
        "ix_takedown_notices_due",
        "takedown_notices",
        ["due_at", "id"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_takedown_notices_merged_into_id"), "takedown_notices", ["merged_into_id"], unique=False)
    op.create_index("ix_takedown_notices_newest", "takedown_notices", ["created_at", "id"], unique=False)
    op.create_index(
        "ix_takedown_notices_published",
        "takedown_notices",
        ["published_at", "id"],
        unique=False,
        postgresql_where=sa.text("publication = 'published'"),
    )
    op.create_table(
        "takedown_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "asked",
                "answered",
                "noted",
                "extended",
                "sued",
                "merged",
                name="entrykind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_takedown_entries_author_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["takedown_notices.id"],
            name=op.f("fk_takedown_entries_notice_id_takedown_notices"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_takedown_entries")),
    )
    op.create_index(op.f("ix_takedown_entries_author_id"), "takedown_entries", ["author_id"], unique=False)
    op.create_index("ix_takedown_entries_of_notice", "takedown_entries", ["notice_id", "id"], unique=False)
    op.create_table(
        "takedown_parties",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("countered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counter_statement", sa.Text(), server_default="", nullable=False),
        sa.Column("counter_name", sa.Text(), server_default="", nullable=False),
        sa.Column("counter_address", sa.Text(), server_default="", nullable=False),
        sa.Column("counter_signature", sa.Text(), server_default="", nullable=False),
        sa.Column("sued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("court", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["takedown_notices.id"],
            name=op.f("fk_takedown_parties_notice_id_takedown_notices"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["users.id"], name=op.f("fk_takedown_parties_person_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_takedown_parties")),
        sa.UniqueConstraint("notice_id", "person_id", name=op.f("uq_takedown_parties_notice_id_person_id")),
    )
    op.create_index("ix_takedown_parties_by_person", "takedown_parties", ["person_id", "id"], unique=False)
    op.create_table(
        "strikes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["party_id"], ["takedown_parties.id"], name=op.f("fk_strikes_party_id_takedown_parties"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["users.id"], name=op.f("fk_strikes_person_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_strikes")),
        sa.UniqueConstraint("party_id", name=op.f("uq_strikes_party_id")),
    )
    op.create_index("ix_strikes_of_person", "strikes", ["person_id", "given_at"], unique=False)
    op.create_table(
        "takedown_claims",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("thing_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "standing",
                "countered",
                "in_court",
                "refused",
                "restored",
                "withdrawn",
                "settled",
                "conceded",
                "upheld",
                "lapsed",
                "merged",
                "gone",
                name="claimstate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("reasons", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["users.id"], name=op.f("fk_takedown_claims_decided_by_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["takedown_notices.id"],
            name=op.f("fk_takedown_claims_notice_id_takedown_notices"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["party_id"],
            ["takedown_parties.id"],
            name=op.f("fk_takedown_claims_party_id_takedown_parties"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_takedown_claims")),
        sa.UniqueConstraint("notice_id", "kind", "thing_id", name=op.f("uq_takedown_claims_notice_id_kind_thing_id")),
    )
    op.create_index(op.f("ix_takedown_claims_decided_by_id"), "takedown_claims", ["decided_by_id"], unique=False)
    op.create_index("ix_takedown_claims_of_thing", "takedown_claims", ["kind", "thing_id"], unique=False)
    op.create_index(op.f("ix_takedown_claims_party_id"), "takedown_claims", ["party_id"], unique=False)
    op.create_table(
        "takedown_clocks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "confirm",
                "complete",
                "decide",
                "counter",
                "court",
                "publish",
                name="clockkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("warn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["takedown_notices.id"],
            name=op.f("fk_takedown_clocks_notice_id_takedown_notices"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["party_id"],
            ["takedown_parties.id"],
            name=op.f("fk_takedown_clocks_party_id_takedown_parties"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_takedown_clocks")),
    )
    op.create_index(
        "ix_takedown_clocks_due",
        "takedown_clocks",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(op.f("ix_takedown_clocks_party_id"), "takedown_clocks", ["party_id"], unique=False)
    op.create_index(
        "ix_takedown_clocks_to_warn",
        "takedown_clocks",
        ["warn_at"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL AND warned_at IS NULL AND warn_at IS NOT NULL"),
    )
    op.create_index(
        "uq_takedown_clocks_open",
        "takedown_clocks",
        ["notice_id", "party_id", "kind"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    )


def downgrade() -> None:
    op.drop_index(
        "uq_takedown_clocks_open",
        table_name="takedown_clocks",
        postgresql_where=sa.text("ended_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    )
    op.drop_index(
        "ix_takedown_clocks_to_warn",
        table_name="takedown_clocks",
        postgresql_where=sa.text("ended_at IS NULL AND warned_at IS NULL AND warn_at IS NOT NULL"),
    )
    op.drop_index(op.f("ix_takedown_clocks_party_id"), table_name="takedown_clocks")
    op.drop_index("ix_takedown_clocks_due", table_name="takedown_clocks", postgresql_where=sa.text("ended_at IS NULL"))
    op.drop_table("takedown_clocks")
    op.drop_index(op.f("ix_takedown_claims_party_id"), table_name="takedown_claims")
    op.drop_index("ix_takedown_claims_of_thing", table_name="takedown_claims")
    op.drop_index(op.f("ix_takedown_claims_decided_by_id"), table_name="takedown_claims")
    op.drop_table("takedown_claims")
    op.drop_index("ix_strikes_of_person", table_name="strikes")
    op.drop_table("strikes")
    op.drop_index("ix_takedown_parties_by_person", table_name="takedown_parties")
    op.drop_table("takedown_parties")
    op.drop_index("ix_takedown_entries_of_notice", table_name="takedown_entries")
    op.drop_index(op.f("ix_takedown_entries_author_id"), table_name="takedown_entries")
    op.drop_table("takedown_entries")
    op.drop_index(
        "ix_takedown_notices_published",
        table_name="takedown_notices",
        postgresql_where=sa.text("publication = 'published'"),
    )
    op.drop_index("ix_takedown_notices_newest", table_name="takedown_notices")
    op.drop_index(op.f("ix_takedown_notices_merged_into_id"), table_name="takedown_notices")
    op.drop_index(
        "ix_takedown_notices_due", table_name="takedown_notices", postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.drop_index("ix_takedown_notices_by_state", table_name="takedown_notices")
    op.drop_index("ix_takedown_notices_by_complainant", table_name="takedown_notices")
    op.drop_table("takedown_notices")
    op.drop_index(op.f("ix_takedown_complainants_user_id"), table_name="takedown_complainants")
    op.drop_index(op.f("ix_takedown_complainants_flagged_by_id"), table_name="takedown_complainants")
    op.drop_table("takedown_complainants")
    op.drop_index(
        "uq_repeat_infringements_open",
        table_name="repeat_infringements",
        postgresql_where=sa.text("state IN ('proposed', 'suspended')"),
    )
    op.drop_index(
        "ix_repeat_infringements_proposed",
        table_name="repeat_infringements",
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.drop_index(op.f("ix_repeat_infringements_person_id"), table_name="repeat_infringements")
    op.drop_index(op.f("ix_repeat_infringements_decided_by_id"), table_name="repeat_infringements")
    op.drop_table("repeat_infringements")
    op.drop_table("transparency_figures")
    for table in ("notifications", "notification_choices"):
        op.execute(f"DELETE FROM {table} WHERE kind = 'takedown'")
    _allow(KINDS)
