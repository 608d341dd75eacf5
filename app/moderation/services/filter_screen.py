"""The screen that lower domains call: limits, rules, lists, first works. What it says is settled by ``filter_hits``."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

import structlog

from app.core.screening import Answer, Sample, Screened, Verdict
from app.media.engine.errors import MediaError
from app.media.engine.fingerprints import pdq_of
from app.moderation import filter_set
from app.moderation.filter_finds import Find
from app.moderation.filter_models import Category, FilterKind, HitState, Whom
from app.moderation.filter_set import RuleSet
from app.moderation.matching import TookTooLong
from app.moderation.services import filter_hits, hash_lists, newcomers

MOST_FINDS: Final = 50
UNSURE: Final = "It could not be looked through"

log = structlog.get_logger()


class FilterScreen:
    """The ``Screen`` of this installation."""

    def look(self, sample: Sample) -> Verdict:
        """Say what is to become of a sample. Writes nothing.

        Raises:
            Refused: its author may not do so much yet.
        """
        newcomers.require_within_limits(sample)
        if sample.kind is Screened.UPLOAD:
            return Verdict()
        finds = _looked(sample)
        if not finds:
            return Verdict()
        live = [find for find in finds if find.is_live]
        if not live:
            return Verdict(sample=sample, finds=tuple(finds))
        earlier = filter_hits.find_earlier(sample)
        if earlier is not None and earlier.state is HitState.RELEASED:
            return Verdict()
        live.sort(key=lambda find: (find.category is not Category.CHILDREN, -find.answer))
        return Verdict(
            answer=max(find.answer for find in live),
            sample=sample,
            reference=earlier.reference if earlier is not None else filter_hits.new_reference(),
            finds=(*live, *(find for find in finds if not find.is_live)),
        )

    def settle(self, verdict: Verdict, subject_id: UUID | None) -> None:
        """Write down what was found of a thing that has a row now, in the caller's transaction."""
        finds: Sequence[Find] = verdict.finds
        if verdict.answer is not Answer.CLEAR:
            filter_hits.write_down(verdict, subject_id, [find for find in finds if find.is_live])
        filter_hits.count_finds(finds)

    def notes(self, kind: Screened, ids: Sequence[UUID]) -> Mapping[UUID, str]:
        """What the authors of these things are to read beside them."""
        return filter_hits.notes(kind, ids)


def look_through(sample: Sample, rules: RuleSet) -> list[Find]:
    """What these rules find in a sample, each term once a field, whomever they are for.

    Raises:
        TookTooLong: a text was not looked through within the deadline.
    """
    finds: dict[tuple[object, ...], Find] = {}
    for find in _finds(sample, rules):
        finds.setdefault((find.rule_id, find.field, find.term), find)
        if len(finds) >= MOST_FINDS:
            break
    return list(finds.values())


def _looked(sample: Sample) -> list[Find]:
    rules = filter_set.current()
    finds: list[Find] = []
    try:
        finds = look_through(sample, rules) if rules.views else []
    except (TookTooLong, MediaError, RecursionError, ValueError) as error:
        log.warning("filter_unsure", kind=sample.kind.value, error=f"{type(error).__name__}: {error}")
        # Of strangers' things nobody knows that they are harmless; of others' one may assume it, and look afterwards.
        answer = Answer.HOLD if newcomers.is_new(sample.author) else Answer.FLAG
        finds.append(Find(why=UNSURE, answer=answer))
    if any(rules.views[find.rule_id].whom is Whom.NEW for find in finds if find.rule_id):
        is_new = newcomers.is_new(sample.author)
        finds = [
            find for find in finds if is_new or not find.rule_id or rules.views[find.rule_id].whom is Whom.EVERYONE
        ]
    if newcomers.waits_as_first(sample):
        finds.append(Find(why="One of an artist's first works", answer=Answer.HOLD))
    return finds


def _finds(sample: Sample, rules: RuleSet) -> Iterator[Find]:
    for field, text in sample.texts.items():
        for match in rules.find(text):
            if match.rule.is_for(sample.kind):
                yield Find.of(
                    match.rule, field=field, term=match.term, begin=match.begin, end=match.end, read_as=match.read_as
                )
    yield from _known_files(sample, rules)
    lists = {key: view for key, view in rules.of_kind(FilterKind.PICTURES).items() if view.is_for(sample.kind)}
    if lists:
        for picture in sample.pictures:
            yield from _known_pictures(picture, rules, lists)


def _known_files(sample: Sample, rules: RuleSet) -> Iterator[Find]:
    lists = {key: view for key, view in rules.of_kind(FilterKind.FILES).items() if view.is_for(sample.kind)}
    for rule_id, digest in hash_lists.find_files(sample.files, lists):
        yield Find.of(rules.views[rule_id], field="file", term=digest, read_as=digest)


def _known_pictures(picture: Path, rules: RuleSet, lists: Mapping[UUID, object]) -> Iterator[Find]:
    pdq = pdq_of(picture)
    if pdq is None:
        return
    for rule_id, known, bits in hash_lists.find_pictures(pdq, lists):
        yield Find.of(rules.views[rule_id], field="picture", term=known, read_as=f"{pdq.hex()}, {bits} bits away")
