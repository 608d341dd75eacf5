"""Reports, cases, decisions with their reasons, appeals, holds; the rules of the house.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TABLES = ("appeals", "reports", "decisions", "case_notes", "holds", "cases", "case_views", "house_rules")
KINDS = (
    "follower", "like", "repost", "comment", "answer", "mention", "heart", "held", "release", "post", "invitation",
    "message",
)  # fmt: skip
NEW_KINDS = (*KINDS, "decision", "appeal", "outcome")
RULES = (
    ("children", "Nothing that sexualises or endangers children", 4, "remove",
     "No picture, sound or word that sexualises, exploits or endangers anyone under eighteen. We hand what is against "
     "the law to the authorities.",
     "“{title}” sexualises or endangers children. It was removed, and is kept as evidence."),
    ("threats", "No threats, no calls for violence", 4, "remove",
     "Do not threaten anyone, do not call for violence against people or animals, do not praise those who did it.",
     "“{title}” threatens somebody, or calls for violence. That frightens people away from this place, so it was removed."),
    ("hate", "No hate", 3, "remove",
     "Nobody is put down for their origin, colour, religion, sex, gender, orientation, disability or illness. Songs, "
     "films and programmes about hatred are welcome; those that spread it are not.",
     "“{title}” puts people down for what they are. That is hate by our rules, whatever the form of art."),
    ("private", "Leave private what is private", 3, "remove",
     "No addresses, documents, intimate pictures or recordings of others without their consent.",
     "“{title}” shows something private of somebody who did not agree to that."),
    ("harassment", "No harassment", 3, "hide",
     "Criticise works as sharply as you like; leave the people behind them alone. No insults, no stalking, no mobbing.",
     "“{title}” goes against a person rather than a work. We took it away so that they are left in peace."),
    ("impersonation", "Be who you are", 2, "warn",
     "A pseudonym is fine. Passing as somebody else, or as one of those who run this place, is not.",
     "“{title}” makes people believe that it is from somebody else."),
    ("adult", "Mark what is for adults", 2, "restrict",
     "Explicit sex and heavy violence may be shown if they are marked, and then reach adults alone.",
     "“{title}” is for adults, and was not marked as such. From now on it reaches adults alone."),
    ("rights", "Publish what is yours to publish", 2, "hide",
     "Your own work, or work that you have the rights to. Whoever holds rights can send a notice.",
     "“{title}” seems to use what you hold no rights to. Until that is cleared up, nobody else finds it."),
    ("deception", "No fraud, no dangerous lies", 2, "hide",
     "No phishing, no false giveaways, no bought plays, no false claims that put health or elections at risk.",
     "“{title}” deceives people in a way that can harm them."),
    ("spam", "No spam", 1, "hide",
     "Do not post the same thing again and again, do not advertise where nobody asked, do not tag what it is not about.",
     "“{title}” repeats itself or advertises where nobody asked for it."),
)  # fmt: skip


def _allow(kinds: tuple[str, ...]) -> None:
    """Let notifications be of these kinds; what is there is not looked through while others wait."""
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    for table in ("notifications", "notification_choices"):
        name = f"ck_{table}_noticekind"
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK (kind IN ({listed})) NOT VALID")
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


def upgrade() -> None:
    op.create_table(
        "house_rules",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column(
            "default_action",
            sa.Enum(
                "hide",
                "remove",
                "restrict",
                "warn",
                "limit",
                "suspend",
                "ban",
                "dismiss",
                name="decisionaction",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("severity BETWEEN 1 AND 4", name=op.f("ck_house_rules_severity_range")),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_house_rules")),
    )
    op.create_table(
        "case_views",
        sa.Column("viewer_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["viewer_id"], ["users.id"], name=op.f("fk_case_views_viewer_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("viewer_id", "subject_id", name=op.f("pk_case_views")),
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "medium",
                "set",
                "post",
                "comment",
                "person",
                "message",
                name="refkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("thing_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("excerpt", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "claimed",
                "escalated",
                "taken_up",
                "decided",
                "dismissed",
                "reversed",
                name="casestate",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("rule_slug", sa.Text(), nullable=True),
        sa.Column(
            "source",
            sa.Enum(
                "person", "filter", "system", name="reportsource", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("report_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_by_id", sa.Uuid(), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('claimed', 'taken_up')) = (claimed_until IS NOT NULL)", name=op.f("ck_cases_claimed_until")
        ),
        sa.ForeignKeyConstraint(
            ["claimed_by_id"], ["users.id"], name=op.f("fk_cases_claimed_by_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["closed_by_id"], ["users.id"], name=op.f("fk_cases_closed_by_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["users.id"], name=op.f("fk_cases_person_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["rule_slug"],
            ["house_rules.slug"],
            name=op.f("fk_cases_rule_slug_house_rules"),
            onupdate="CASCADE",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("public_id", name=op.f("uq_cases_public_id")),
    )
    op.create_index(op.f("ix_cases_claimed_by_id"), "cases", ["claimed_by_id"], unique=False)
    op.create_index(op.f("ix_cases_closed_by_id"), "cases", ["closed_by_id"], unique=False)
    op.create_index(
        "ix_cases_same_words",
        "cases",
        ["excerpt"],
        postgresql_where=sa.text("excerpt <> '' AND state IN ('open', 'claimed', 'escalated', 'taken_up')"),
    )
    op.create_index("ix_cases_of_thing", "cases", ["kind", "thing_id", "id"], unique=False)
    op.create_index(op.f("ix_cases_person_id"), "cases", ["person_id"], unique=False)
    op.create_index(
        "ix_cases_queue",
        "cases",
        [sa.text("severity DESC"), "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('open', 'claimed', 'escalated', 'taken_up')"),
    )
    op.create_index(op.f("ix_cases_rule_slug"), "cases", ["rule_slug"], unique=False)
    op.create_index(
        "ix_cases_settled",
        "cases",
        ["closed_at", "id"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NOT NULL"),
    )
    op.create_index(
        "uq_cases_unsettled",
        "cases",
        ["kind", "thing_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('open', 'claimed', 'escalated', 'taken_up')"),
    )
    op.create_table(
        "holds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "medium",
                "set",
                "post",
                "comment",
                "person",
                "message",
                name="refkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("thing_id", sa.Uuid(), nullable=False),
        sa.Column(
            "hold",
            sa.Enum("hidden", "removed", name="hold", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column(
            "cause",
            sa.Enum(
                "decision",
                "filter",
                "takedown",
                "review",
                name="cause",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("cause_id", sa.Uuid(), nullable=True),
        sa.Column("kept", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("put_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_holds_by_id_users"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["lifted_by_id"], ["users.id"], name=op.f("fk_holds_lifted_by_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index(op.f("ix_holds_by_id"), "holds", ["by_id"], unique=False)
    op.create_index(op.f("ix_holds_lifted_by_id"), "holds", ["lifted_by_id"], unique=False)
    op.create_index(
        "ix_holds_standing", "holds", ["kind", "thing_id"], unique=False, postgresql_where=sa.text("lifted_at IS NULL")
    )
    op.create_index(
        "uq_holds_cause",
        "holds",
        ["kind", "thing_id", "cause", "cause_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_table(
        "case_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_case_notes_author_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_notes_case_id_cases"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_notes")),
    )
    op.create_index(op.f("ix_case_notes_author_id"), "case_notes", ["author_id"], unique=False)
    op.create_index(op.f("ix_case_notes_case_id"), "case_notes", ["case_id"], unique=False)
    op.create_table(
        "decisions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "medium",
                "set",
                "post",
                "comment",
                "person",
                "message",
                name="refkind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("thing_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("by_name", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "action",
            sa.Enum(
                "hide",
                "remove",
                "restrict",
                "warn",
                "limit",
                "suspend",
                "ban",
                "dismiss",
                name="decisionaction",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "ground",
            sa.Enum("rules", "law", name="ground", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("rule_slug", sa.Text(), nullable=True),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("automated", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reversed_by_id", sa.Uuid(), nullable=True),
        sa.Column("reversal_reasons", sa.Text(), server_default="", nullable=False),
        sa.Column("told", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.CheckConstraint(
            "num_nonnulls(by_id) = 1 OR automated OR by_name <> ''", name=op.f("ck_decisions_decided_by_somebody")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_decisions_by_id_users"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_decisions_case_id_cases"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["users.id"], name=op.f("fk_decisions_person_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["reversed_by_id"], ["users.id"], name=op.f("fk_decisions_reversed_by_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["rule_slug"],
            ["house_rules.slug"],
            name=op.f("fk_decisions_rule_slug_house_rules"),
            onupdate="CASCADE",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("public_id", name=op.f("uq_decisions_public_id")),
    )
    op.create_index(op.f("ix_decisions_by_id"), "decisions", ["by_id"], unique=False)
    op.create_index(op.f("ix_decisions_case_id"), "decisions", ["case_id"], unique=False)
    op.create_index(
        "ix_decisions_ending",
        "decisions",
        ["until"],
        unique=False,
        postgresql_where=sa.text("until IS NOT NULL AND ended_at IS NULL AND reversed_at IS NULL"),
    )
    op.create_index("ix_decisions_of_person", "decisions", ["person_id", "id"], unique=False)
    op.create_index("ix_decisions_of_thing", "decisions", ["kind", "thing_id", "id"], unique=False)
    op.create_index(op.f("ix_decisions_reversed_by_id"), "decisions", ["reversed_by_id"], unique=False)
    op.create_index(op.f("ix_decisions_rule_slug"), "decisions", ["rule_slug"], unique=False)
    op.create_table(
        "reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "person", "filter", "system", name="reportsource", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("reporter_id", sa.Uuid(), nullable=True),
        sa.Column("reporter_email", sa.Text(), server_default="", nullable=False),
        sa.Column("rule_slug", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("at_ms", sa.Integer(), nullable=True),
        sa.Column("snapshot", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_reports_case_id_cases"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["reporter_id"], ["users.id"], name=op.f("fk_reports_reporter_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["rule_slug"],
            ["house_rules.slug"],
            name=op.f("fk_reports_rule_slug_house_rules"),
            onupdate="CASCADE",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("case_id", "reporter_id", name=op.f("uq_reports_case_id_reporter_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_reports_public_id")),
    )
    op.create_index(op.f("ix_reports_case_id"), "reports", ["case_id"], unique=False)
    op.create_index(
        "ix_reports_evidence", "reports", ["created_at"], unique=False, postgresql_where=sa.text("snapshot <> '{}'")
    )
    op.create_index(
        "ix_reports_of_person",
        "reports",
        ["reporter_id", "id"],
        unique=False,
        postgresql_where=sa.text("reporter_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_reports_rule_slug"), "reports", ["rule_slug"], unique=False)
    op.create_index(
        "ix_reports_untold", "reports", ["case_id"], unique=False, postgresql_where=sa.text("told_at IS NULL")
    )
    op.create_table(
        "appeals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting", "upheld", "granted", name="appealstate", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Uuid(), nullable=True),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["users.id"], name=op.f("fk_appeals_answered_by_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_appeals_by_id_users"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_appeals_decision_id_decisions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeals")),
        sa.UniqueConstraint("decision_id", "by_id", name=op.f("uq_appeals_decision_id_by_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_appeals_public_id")),
    )
    op.create_index(op.f("ix_appeals_answered_by_id"), "appeals", ["answered_by_id"], unique=False)
    op.create_index(op.f("ix_appeals_by_id"), "appeals", ["by_id"], unique=False)
    op.create_index(
        "ix_appeals_waiting", "appeals", ["id"], unique=False, postgresql_where=sa.text("state = 'waiting'")
    )
    op.add_column(
        "messages",
        sa.Column(
            "hold",
            sa.Enum("hidden", "removed", name="hold", native_enum=False, create_constraint=True, length=24),
            nullable=True,
        ),
    )
    op.add_column(
        "users",
        sa.Column(
            "hold",
            sa.Enum("hidden", "removed", name="hold", native_enum=False, create_constraint=True, length=24),
            nullable=True,
        ),
    )
    _allow(NEW_KINDS)
    rules = sa.table("house_rules", *(sa.column(name) for name in (
        "slug", "title", "severity", "default_action", "text", "statement", "position", "updated_at"
    )))  # fmt: skip
    names = ("slug", "title", "severity", "default_action", "text", "statement")
    op.execute(sa.insert(rules).values([
        {**dict(zip(names, rule, strict=True)), "position": position, "updated_at": sa.func.now()}
        for position, rule in enumerate(RULES)
    ]))  # fmt: skip


def downgrade() -> None:
    for table in ("notifications", "notification_choices"):
        op.execute(f"DELETE FROM {table} WHERE kind IN ('decision', 'appeal', 'outcome')")  # noqa: S608 - ours
    _allow(KINDS)
    op.drop_column("users", "hold")
    op.drop_column("messages", "hold")
    for table in TABLES:
        op.drop_table(table)
