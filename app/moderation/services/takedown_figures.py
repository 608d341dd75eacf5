"""The numbers of the transparency page: counted anew by a job, read from rows."""

from collections.abc import Mapping

from sqlalchemy import select, text

from app.extensions import db
from app.moderation.models import Rule
from app.moderation.takedown_models import TransparencyFigure

NAMES = {
    "notices": "Notices received",
    "claims": "Things named in them",
    "accepted": "Things taken down",
    "refused": "Things left up",
    "countered": "Counter-notices",
    "restored": "Things restored",
    "withdrawn": "Things whose complaint was withdrawn",
    "median_hours": "Hours until a decision (median)",
    "reports": "Reports",
    "decisions": "Decisions by moderators",
    "automated": "Decisions without a person",
    "appeals_upheld": "Appeals: decision upheld",
    "appeals_reversed": "Appeals: decision reversed",
}
"""Every figure in the order of the page."""
GROUPS = {
    "Notices about rights": tuple(NAMES)[:8], "Reports and decisions": ("reports", "decisions", "automated"),
    "Appeals": ("appeals_upheld", "appeals_reversed"),
}  # fmt: skip
MEANINGS = {
    "notices": "confirmed by whoever sent them", "claims": "one notice can name several works",
    "accepted": "a moderator agreed", "refused": "a moderator did not agree",
    "countered": "whoever published it said that it was an error", "restored": "what had been taken down and came back",
    "withdrawn": "by the complainant", "median_hours": "half of the notices were decided faster",
    "reports": "of works, words and people, by anyone", "decisions": "by people, with reasons",
    "automated": "by a rule alone; whom it concerns is told so", "appeals_upheld": "the decision stands",
    "appeals_reversed": "we were wrong",
}  # fmt: skip
"""What each of them counts, for who reads the page."""
ALL = "all"
_RULE = "rule:"

_MONTH = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM')"
_EVENTS = """
  SELECT 'notices' AS name, confirmed_at AS at FROM takedown_notices WHERE confirmed_at IS NOT NULL
  UNION ALL SELECT 'claims', n.confirmed_at FROM takedown_claims c JOIN takedown_notices n ON n.id = c.notice_id
    WHERE n.confirmed_at IS NOT NULL AND c.state <> 'merged'
  UNION ALL SELECT 'accepted', decided_at FROM takedown_claims
    WHERE decided_at IS NOT NULL AND state NOT IN ('refused', 'gone')
  UNION ALL SELECT 'refused', decided_at FROM takedown_claims WHERE state = 'refused'
  UNION ALL SELECT 'countered', countered_at FROM takedown_parties WHERE countered_at IS NOT NULL
  UNION ALL SELECT 'restored', ended_at FROM takedown_claims WHERE state IN ('restored', 'settled')
  UNION ALL SELECT 'withdrawn', ended_at FROM takedown_claims c WHERE state = 'withdrawn'
    AND EXISTS (SELECT 1 FROM takedown_notices n WHERE n.id = c.notice_id AND n.confirmed_at IS NOT NULL)
  UNION ALL SELECT 'reports', created_at FROM reports WHERE source = 'person'
  UNION ALL SELECT CASE WHEN automated THEN 'automated' ELSE 'decisions' END, decided_at FROM decisions
    WHERE action <> 'dismiss'
  UNION ALL SELECT 'rule:' || rule_slug, decided_at FROM decisions WHERE action <> 'dismiss' AND rule_slug IS NOT NULL
  UNION ALL SELECT CASE state WHEN 'granted' THEN 'appeals_reversed' ELSE 'appeals_upheld' END, answered_at FROM appeals
    WHERE answered_at IS NOT NULL
"""
_COUNT = text(f"""
WITH happened AS ({_EVENTS}
), counted AS (
  SELECT {_MONTH.format("at")} AS period, name, count(*) AS value FROM happened GROUP BY 1, 2
  UNION ALL SELECT 'all', name, count(*) FROM happened GROUP BY 2
  UNION ALL
  SELECT coalesce(month, 'all'), 'median_hours',
    ceil(percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) / 3600)::bigint
  FROM (SELECT {_MONTH.format("decided_at")} AS month, extract(epoch FROM decided_at - confirmed_at) AS seconds
    FROM takedown_notices WHERE decided_at IS NOT NULL) AS took GROUP BY GROUPING SETS ((month), ())
  HAVING count(*) > 0
)
INSERT INTO transparency_figures (period, name, value) SELECT period, name, value FROM counted
""")  # noqa: S608 - constants of ours  # nosec B608


def count_anew() -> None:
    """Count everything once more; readers see the old numbers until the caller commits."""
    db.session.execute(text("DELETE FROM transparency_figures"))
    db.session.execute(_COUNT)


def figures() -> Mapping[str, Mapping[str, int]]:
    """By period, the latest month first and ``all`` before them: figures by name."""
    found: dict[str, dict[str, int]] = {ALL: {}}
    for row in db.session.scalars(select(TransparencyFigure).order_by(TransparencyFigure.period.desc())):
        found.setdefault(row.period, {})[row.name] = row.value
    return found


def by_rule(total: Mapping[str, int]) -> list[tuple[str, int]]:
    """How many decisions named each rule of the house, by its title, the most first."""
    counts = {name.removeprefix(_RULE): count for name, count in total.items() if name.startswith(_RULE)}
    if not counts:
        return []
    titles = db.session.execute(select(Rule.slug, Rule.title).where(Rule.slug.in_(counts)))
    return sorted(((row.title, counts[row.slug]) for row in titles), key=lambda pair: -pair[1])
