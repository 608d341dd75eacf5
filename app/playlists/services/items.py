"""What is in a set and in which order: add, take out, move, and what is said of an item.

Whoever changes a set waits for the one before (``begin_change``), then reads the neighbours as they are now: two people
who reorder at once both get through, and the order stays total. A move writes the rank of one item.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, tuple_, update
from sqlalchemy.exc import NoResultFound

from app.accounts.models import User
from app.core.screening import Screened, screen
from app.extensions import db
from app.media import gate
from app.media.gate import Action
from app.media.models import Medium, Visibility
from app.media.services.text_rules import one_line
from app.playlists.errors import ItemNotFound, PlaceGone, SetFull, SetInvalid
from app.playlists.models import ChangeKind, Set, SetItem, SetKind
from app.playlists.services.changes import begin_change, note_change
from app.playlists.services.ranks import fresh_ranks, rank_between

MOST_ITEMS = 1000
LONGEST_NOTE = 500
HIGHEST_NUMBER = 9999
KEPT = ("season", "episode", "note", "starts_at_ms", "stops_at_ms", "medium_secret")


def add_item(one: Set, medium: Medium, *, by: User, secret: str | None = None) -> SetItem:
    """Put a medium into a set: at the end, or at the top of a show. One that is in it already stays where it is.

    ``secret`` is what opened an unlisted medium to ``by``.

    Raises:
        MayNotArrange: the set is not theirs to change.
        MediumNotFound: the gate does not let ``by`` see the medium.
        SetFull: no room.
    """
    gate.require(by, medium, Action.SEE, secret=secret)
    begin_change(one, by=by)
    present = db.session.scalar(select(SetItem).where(SetItem.set_id == one.id, SetItem.medium_id == medium.id))
    if present is not None:
        return present
    count = db.session.scalar(select(func.count()).select_from(SetItem).where(SetItem.set_id == one.id)) or 0
    if count >= MOST_ITEMS:
        raise SetFull
    item = SetItem(set_id=one.id, medium_id=medium.id, added_by_id=by.id, rank=_rank_at_end(one, top=one.newest_first))
    if medium.visibility is Visibility.UNLISTED and by.id != medium.owner_id:
        item.medium_secret = secret
    if one.kind is SetKind.SERIES:
        item.season, item.episode = _next_episode(one)
    db.session.add(item)
    note_change(one, ChangeKind.ADDED, by=by, medium_id=medium.id, after=values_of(item))
    return item


def remove_item(one: Set, medium_id: UUID, *, by: User) -> None:
    """Take a medium out of a set. One that is out already changes nothing.

    Raises:
        MayNotArrange: the set is not theirs to change.
    """
    begin_change(one, by=by)
    item = db.session.scalar(select(SetItem).where(SetItem.set_id == one.id, SetItem.medium_id == medium_id))
    if item is None:
        return
    before = values_of(item)
    db.session.delete(item)
    note_change(one, ChangeKind.REMOVED, by=by, medium_id=medium_id, before=before)


def move_item(one: Set, item_id: UUID, *, by: User, after: UUID | None = None, before: UUID | None = None) -> SetItem:
    """Put an item right after the item ``after``, or right before ``before``; with neither, at the end.

    Where ``after`` has been taken out in the meantime, ``before`` says the place. In a series an item takes over the
    season of its neighbour.

    Raises:
        MayNotArrange: the set is not theirs to change.
        ItemNotFound: the item is not in the set.
        PlaceGone: none of those named is in the set any more.
    """
    begin_change(one, by=by)
    item = _get_item(one, item_id)
    neighbour = _find_neighbour(one, item, after) or _find_neighbour(one, item, before)
    if neighbour is None and (after or before):
        if item.id in {after, before}:
            return item
        raise PlaceGone
    was, was_season = place_of(item), item.season
    behind = neighbour is None or neighbour.id == after
    item.rank = _rank_beside(one, item, neighbour, behind=behind)
    if one.kind is SetKind.SERIES and neighbour is not None and neighbour.season is not None:
        item.season = neighbour.season
    db.session.flush()
    now_at = place_of(item)
    if (now_at, item.season) == (was, was_season):
        return item
    note_change(
        one, ChangeKind.MOVED, by=by, medium_id=item.medium_id,
        before={"after": was, "season": was_season}, after={"after": now_at, "season": item.season},
    )  # fmt: skip
    return item


def step_item(one: Set, item_id: UUID, *, by: User, down: bool) -> SetItem:
    """Move an item by one place, up or down; at the end of the list it stays. In a series, within its season.

    Raises:
        MayNotArrange: the set is not theirs to change.
        ItemNotFound: the item is not in the set.
    """
    begin_change(one, by=by)
    item = _get_item(one, item_id)
    neighbour = db.session.scalars(_beside(item, behind=down, same_season=one.kind is SetKind.SERIES)).first()
    if neighbour is None:
        return item
    return move_item(one, item_id, by=by, **({"after": neighbour.id} if down else {"before": neighbour.id}))


def edit_item(
    one: Set,
    item_id: UUID,
    *,
    by: User,
    note: str,
    starts_at_ms: int | None = None,
    stops_at_ms: int | None = None,
    season: int | None = None,
    episode: int | None = None,
) -> SetItem:
    """Say something of an item: a note, between which milliseconds it is played, its number in a series.

    Raises:
        MayNotArrange: the set is not theirs to change.
        ItemNotFound: the item is not in the set.
        SetInvalid: a time lies outside the medium, or a number is none.
    """
    begin_change(one, by=by)
    item = _get_item(one, item_id)
    duration_ms = db.session.scalar(select(Medium.duration_ms).where(Medium.id == item.medium_id)) or 0
    check_times(starts_at_ms, stops_at_ms, duration_ms)
    if any(number is not None and not 0 <= number <= HIGHEST_NUMBER for number in (season, episode)):
        raise SetInvalid(f"Seasons and episodes are numbers from 0 to {HIGHEST_NUMBER:,}.")
    before = values_of(item)
    item.note = one_line(note, LONGEST_NOTE)
    verdict = screen(Screened.SET, by, texts={"note": item.note}, subject_id=one.id)
    item.starts_at_ms, item.stops_at_ms = starts_at_ms, stops_at_ms
    item.season, item.episode = season, episode
    after = values_of(item)
    changed = [name for name in KEPT if before[name] != after[name]]
    if changed:
        note_change(
            one, ChangeKind.EDITED, by=by, medium_id=item.medium_id,
            before={name: before[name] for name in changed}, after={name: after[name] for name in changed},
        )  # fmt: skip
        verdict.settle(one.id)
    return item


def check_times(starts_at_ms: int | None, stops_at_ms: int | None, duration_ms: int) -> None:
    """That an item begins and stops within its medium, in this order. A medium of no known length has no end.

    Raises:
        SetInvalid: it does not.
    """
    end = duration_ms or None
    if starts_at_ms is not None and (starts_at_ms < 0 or (end is not None and starts_at_ms >= end)):
        raise SetInvalid("It must start before its end.")
    if stops_at_ms is not None and stops_at_ms <= (starts_at_ms or 0):
        raise SetInvalid("It must stop after it starts.")
    if stops_at_ms is not None and end is not None and stops_at_ms > end + 999:
        raise SetInvalid("It cannot stop after its end.")


def values_of(item: SetItem) -> dict[str, Any]:
    """What is needed to put an item back: its own words and numbers, its place, and who added it."""
    db.session.flush()
    return {
        **{name: getattr(item, name) for name in KEPT},
        "after": place_of(item),
        "added_by_id": str(item.added_by_id) if item.added_by_id else None,
    }


def place_of(item: SetItem) -> str | None:
    """The id of the medium that an item stands behind, None at the top."""
    found = db.session.scalars(_beside(item, behind=False)).first()
    return str(found.medium_id) if found is not None else None


def put_behind(one: Set, item: SetItem, medium_id: UUID | None) -> None:
    """Give an item the place behind that of a medium, or at the top. Only the rank is set: the caller notes the change.

    Raises:
        PlaceGone: that medium is not in the set any more.
    """
    if medium_id is None:
        item.rank = _rank_at_end(one, top=True, but=item.id)
        return
    query = select(SetItem).where(SetItem.set_id == one.id, SetItem.medium_id == medium_id)
    neighbour = db.session.scalar(query)
    if neighbour is None:
        raise PlaceGone
    item.rank = _rank_beside(one, item, neighbour, behind=True)


def put_last(one: Set, item: SetItem) -> None:
    """Give an item the last place, as ``put_behind`` does."""
    item.rank = _rank_at_end(one, top=False, but=item.id)


def _get_item(one: Set, item_id: UUID) -> SetItem:
    query = select(SetItem).where(SetItem.set_id == one.id, SetItem.id == item_id)
    try:
        return db.session.scalars(query.execution_options(populate_existing=True)).one()
    except NoResultFound as error:
        raise ItemNotFound from error


def _find_neighbour(one: Set, item: SetItem, item_id: UUID | None) -> SetItem | None:
    if item_id is None or item_id == item.id:
        return None
    return db.session.scalar(select(SetItem).where(SetItem.set_id == one.id, SetItem.id == item_id))


def _beside(item: SetItem, *, behind: bool, same_season: bool = False) -> Select[SetItem]:
    """The items after ``item`` or, the nearest first, those before it."""
    place = tuple_(SetItem.rank, SetItem.id)
    query = select(SetItem).where(SetItem.set_id == item.set_id)
    if same_season:
        query = query.where(SetItem.season.is_not_distinct_from(item.season))
    if behind:
        return query.where(place > tuple_(item.rank, item.id)).order_by(SetItem.rank, SetItem.id).limit(1)
    return query.where(place < tuple_(item.rank, item.id)).order_by(SetItem.rank.desc(), SetItem.id.desc()).limit(1)


def _rank_at_end(one: Set, *, top: bool, but: UUID | None = None) -> str:
    edge = func.min(SetItem.rank) if top else func.max(SetItem.rank)
    query = select(edge).where(SetItem.set_id == one.id)
    found = db.session.scalar(query.where(SetItem.id != but) if but else query)
    rank = rank_between(None, found) if top else rank_between(found, None)
    if rank is None:
        _rebalance(one)
        return _rank_at_end(one, top=top, but=but)
    return rank


def _rank_beside(one: Set, item: SetItem, neighbour: SetItem | None, *, behind: bool) -> str:
    if neighbour is None:
        return _rank_at_end(one, top=False, but=item.id)
    others = _beside(neighbour, behind=behind).where(SetItem.id != item.id)
    other = db.session.scalars(others).first()
    pair = (neighbour, other) if behind else (other, neighbour)
    low, high = (one_of.rank if one_of is not None else None for one_of in pair)
    rank = rank_between(low, high)
    if rank is None:
        _rebalance(one)
        return _rank_beside(one, item, neighbour, behind=behind)
    return rank


def _rebalance(one: Set) -> None:
    """Write the ranks of a set anew, in the same order and short."""
    ids = db.session.scalars(
        select(SetItem.id).where(SetItem.set_id == one.id).order_by(SetItem.rank, SetItem.id)
    ).all()
    ranks = [{"id": item_id, "rank": rank} for item_id, rank in zip(ids, fresh_ranks(len(ids)), strict=True)]
    db.session.execute(update(SetItem), ranks)
    for item in db.session.identity_map.values():
        if isinstance(item, SetItem) and item.set_id == one.id:
            db.session.refresh(item, attribute_names=["rank"])


def _next_episode(one: Set) -> tuple[int, int]:
    """The season and number of a series' next episode."""
    season = db.session.scalar(select(func.max(SetItem.season)).where(SetItem.set_id == one.id)) or 1
    last = select(func.max(SetItem.episode)).where(SetItem.set_id == one.id, SetItem.season == season)
    return season, (db.session.scalar(last) or 0) + 1
