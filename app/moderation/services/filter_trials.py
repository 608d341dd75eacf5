"""Trials: what a rule would have found in the last 30 days, kind by kind, a batch a transaction."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import exists, select

from app.accounts.models import User
from app.core import audit
from app.core.clock import now
from app.core.events import publish
from app.core.screening import Sample, Screened
from app.extensions import db
from app.media.models import Medium, Version
from app.moderation.filter_errors import FilterInvalid
from app.moderation.filter_events import TrialAsked
from app.moderation.filter_finds import Find
from app.moderation.filter_models import FilterRule, FilterTrial, TrialState
from app.moderation.filter_set import RuleSet, RuleView
from app.moderation.matching import TookTooLong
from app.moderation.services.filter_rules import get_rule
from app.moderation.services.filter_screen import look_through
from app.playlists.models import Set
from app.social.models import Comment, Post

DAYS: Final = 30
BATCH: Final = 1000
MOST_SAMPLES: Final = 50
AROUND: Final = 60
"""Characters of a sample on each side of what was found."""

_Row = tuple[UUID, dict[str, str], Sequence[str]]
"""Id, words by field, digests of files."""


def ask(rule_id: UUID, *, by: User) -> FilterTrial:
    """Have a rule tried as it is now. One that waits already is the same trial. The caller commits.

    Raises:
        FilterNotFound: it is gone.
        FilterInvalid: there is nothing in it.
    """
    rule = get_rule(rule_id, lock=True)
    if not rule.entries:
        raise FilterInvalid("terms", "There is nothing in this rule to look for yet.")
    waiting = select(FilterTrial).where(FilterTrial.rule_id == rule.id, FilterTrial.state == TrialState.WAITING)
    trial = db.session.scalar(waiting)
    if trial is None:
        trial = FilterTrial(rule_id=rule.id, rule_version=rule.version, created_by_id=by.id)
        db.session.add(trial)
        db.session.flush()
        publish(TrialAsked(trial_id=trial.id))
        audit.record("filter.tried", actor=by, subject=("filter", rule.id), facts={"name": rule.name})
    return trial


def are_waiting() -> bool:
    """Whether a trial is to go on."""
    return bool(db.session.scalar(select(exists().where(FilterTrial.state == TrialState.WAITING))))


def go_on() -> bool:
    """Look through the next batch of the oldest trial; says whether there was one. The caller commits."""
    query = select(FilterTrial).where(FilterTrial.state == TrialState.WAITING).order_by(FilterTrial.id).limit(1)
    trial = db.session.scalar(query.with_for_update(skip_locked=True))
    if trial is None:
        return False
    rule = db.session.get(FilterRule, trial.rule_id)
    if rule is None or rule.version != trial.rule_version:
        trial.state, trial.done_at = TrialState.FAILED, now()
        trial.problem = "The rule was changed while it was tried. Try it again."
        return True
    view = RuleView.of(rule)
    kinds = [kind for kind in KINDS if view.is_for(kind)]
    if not kinds:
        trial.state, trial.done_at = TrialState.FAILED, now()
        trial.problem = "What this rule is for is not kept in a place that can be looked through."
        return True
    kind = Screened(trial.kind) if trial.kind else kinds[0]
    rows = KINDS[kind](trial.after, trial.created_at - timedelta(days=DAYS))
    _look(trial, kind, rows, RuleSet([(view, rule.terms)]))
    if len(rows) == BATCH:
        trial.kind, trial.after = kind.value, rows[-1][0]
        return True
    following = kinds[kinds.index(kind) + 1 :]
    trial.kind, trial.after = (following[0].value if following else "", None)
    if not following:
        trial.state, trial.done_at = TrialState.DONE, now()
    return True


def latest(rule_id: UUID) -> FilterTrial | None:
    """The last trial of a rule."""
    query = select(FilterTrial).where(FilterTrial.rule_id == rule_id).order_by(FilterTrial.id.desc())
    return db.session.scalars(query.limit(1)).first()


def _look(trial: FilterTrial, kind: Screened, rows: Sequence[_Row], rules: RuleSet) -> None:
    counts = dict(trial.by_kind.get(kind.value, {"looked": 0, "found": 0}))
    samples = list(trial.samples)
    began = time.perf_counter_ns()
    for thing_id, texts, files in rows:
        counts["looked"] += 1
        try:
            finds = look_through(Sample(kind=kind, author=None, texts=texts, files=files), rules)
        except TookTooLong:
            trial.problem = "Some texts took too long to look through."
            continue
        if finds:
            counts["found"] += 1
            if len(samples) < MOST_SAMPLES:
                samples.append(_sample(kind, thing_id, finds[0], texts))
    trial.took_us += (time.perf_counter_ns() - began) // 1000
    trial.by_kind = {**trial.by_kind, kind.value: counts}
    trial.looked = sum(one["looked"] for one in trial.by_kind.values())
    trial.found = sum(one["found"] for one in trial.by_kind.values())
    trial.samples = samples


def _sample(kind: Screened, thing_id: UUID, find: Find, texts: dict[str, str]) -> dict[str, Any]:
    """What was found, with some words on both sides."""
    text = texts.get(find.field, "").replace("\0", "")
    return {
        "kind": kind.value, "id": str(thing_id), "field": find.field, "term": find.term,
        "before": text[max(0, find.begin - AROUND) : find.begin], "found": text[find.begin : find.end][:200],
        "after": text[find.end : find.end + AROUND],
    }  # fmt: skip


def _batch(table: Any, after: UUID | None, since: datetime, *columns: Any) -> Sequence[Any]:
    """The next things of a table. Ids carry the time in which they were made, so that the key finds the first."""
    first = after or UUID(int=int(since.timestamp() * 1000) << 80)
    query = select(table.id, *columns).where(table.id > first, table.created_at > since)
    return db.session.execute(query.order_by(table.id).limit(BATCH)).all()


def _comments(after: UUID | None, since: datetime) -> list[_Row]:
    return [(row.id, {"body": row.body}, ()) for row in _batch(Comment, after, since, Comment.body)]


def _posts(after: UUID | None, since: datetime) -> list[_Row]:
    return [(row.id, {"body": row.body_markdown}, ()) for row in _batch(Post, after, since, Post.body_markdown)]


def _media(after: UUID | None, since: datetime) -> list[_Row]:
    sha256 = select(Version.sha256).where(Version.id == Medium.version_id).correlate(Medium).scalar_subquery()
    columns = (Medium.title, Medium.description_markdown, Medium.tags, sha256.label("sha256"))
    return [
        (row.id, _words_of(row), (row.sha256,) if row.sha256 else ()) for row in _batch(Medium, after, since, *columns)
    ]


def _sets(after: UUID | None, since: datetime) -> list[_Row]:
    columns = (Set.title, Set.description_markdown, Set.tags)
    return [(row.id, _words_of(row), ()) for row in _batch(Set, after, since, *columns)]


def _profiles(after: UUID | None, since: datetime) -> list[_Row]:
    columns = (User.display_name, User.bio_markdown, User.location, User.links)
    return [
        (
            row.id,
            {
                "display_name": row.display_name, "bio": row.bio_markdown, "location": row.location,
                "links": "\n".join(row.links),
            },
            (),
        )
        for row in _batch(User, after, since, *columns)
    ]  # fmt: skip


def _usernames(after: UUID | None, since: datetime) -> list[_Row]:
    return [(row.id, {"username": row.username}, ()) for row in _batch(User, after, since, User.username)]


def _words_of(row: Any) -> dict[str, str]:
    return {"title": row.title, "description": row.description_markdown or "", "tags": "\n".join(row.tags or ())}


KINDS: Final[dict[Screened, Callable[[UUID | None, datetime], list[_Row]]]] = {
    Screened.COMMENT: _comments, Screened.POST: _posts, Screened.MEDIUM: _media, Screened.SET: _sets,
    Screened.PROFILE: _profiles, Screened.USERNAME: _usernames,
}  # fmt: skip
"""What is looked through. Messages are not: nobody reads what people wrote to each other to try a rule."""
