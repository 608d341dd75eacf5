"""The order of a set: every move does what it says, one row at a time, and two at once both get through."""

from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.ids import uuid7
from app.extensions import db
from app.media.models import Medium
from app.playlists.errors import ItemNotFound, MayNotArrange, PlaceGone, SetFull
from app.playlists.models import ChangeKind, Set, SetChange, SetItem
from app.playlists.services import items
from tests.factories.sets import add_items
from tests.harness.kinds import CountStatements, MakeMedium


def ids_of(acting: Any, one: Set) -> dict[str, Any]:
    return dict(acting.items(one))


@pytest.mark.parametrize(
    ("moved", "where", "order"),
    [
        ("C", {"before": "A"}, "CABD"), ("A", {"after": "D"}, "BCDA"), ("A", {"after": "B"}, "BACD"),
        ("D", {"after": "A"}, "ADBC"), ("B", {}, "ACDB"), ("D", {}, "ABCD"), ("B", {"after": "A"}, "ABCD"),
        ("C", {"after": "A", "before": "B"}, "ACBD"), ("B", {"before": "B"}, "ABCD"),
    ],
)  # fmt: skip
def test_a_move_puts_an_item_where_it_says(
    acting: Any, make_set: Any, artist: User, tracks: list[Medium], moved: str, where: dict[str, str], order: str
) -> None:
    one = make_set(artist, tracks)
    ids = ids_of(acting, one)
    with acting(one, artist) as (found, user):
        items.move_item(found, ids[moved], by=user, **{side: ids[title] for side, title in where.items()})
    assert acting.order(one) == order


def test_a_move_writes_one_row_of_the_order(
    acting: Any, make_set: Any, artist: User, tracks: list[Medium], count_statements: CountStatements
) -> None:
    one = make_set(artist, tracks)
    ids = ids_of(acting, one)
    with acting(one, artist) as (found, user), count_statements() as seen:
        items.move_item(found, ids["D"], by=user, before=ids["A"])
    assert sum(statement.startswith("UPDATE set_items") for statement in seen) == 1


@pytest.mark.parametrize(
    ("title", "down", "order"), [("A", True, "BACD"), ("D", False, "ABDC"), ("A", False, "ABCD"), ("D", True, "ABCD")]
)
def test_a_step_goes_by_one_place_and_stays_at_the_ends(
    acting: Any, make_set: Any, artist: User, tracks: list[Medium], title: str, *, down: bool, order: str
) -> None:
    one = make_set(artist, tracks)
    with acting(one, artist) as (found, user):
        items.step_item(found, ids_of(acting, one)[title], by=user, down=down)
    assert acting.order(one) == order


def test_in_a_series_a_step_stays_in_its_season_and_a_move_takes_over_that_of_its_neighbour(
    acting: Any, make_set: Any, artist: User, tracks: list[Medium], db_session: Session
) -> None:
    one = make_set(artist, kind="series")
    rows = add_items(db_session, one, tracks)
    for row, season in zip(rows, (1, 1, 2, 2), strict=True):
        row.season = season
    db_session.commit()
    with acting(one, artist) as (found, user):
        items.step_item(found, rows[1].id, by=user, down=True)
    assert acting.order(one) == "ABCD"
    with acting(one, artist) as (found, user):
        items.move_item(found, rows[1].id, by=user, after=rows[2].id)
    db_session.expire_all()
    assert acting.order(one) == "ACBD"
    assert db_session.get_one(SetItem, rows[1].id).season == 2


def test_a_place_beside_what_was_taken_out_is_given_by_the_other_neighbour_or_refused(
    acting: Any, make_set: Any, artist: User, tracks: list[Medium]
) -> None:
    one = make_set(artist, tracks)
    ids = ids_of(acting, one)
    with acting(one, artist) as (found, user):
        items.remove_item(found, tracks[1].id, by=user)
    with acting(one, artist) as (found, user):
        items.move_item(found, ids["D"], by=user, after=ids["B"], before=ids["C"])
    assert acting.order(one) == "ADC"
    with acting(one, artist) as (found, user):
        with pytest.raises(PlaceGone):
            items.move_item(found, ids["D"], by=user, after=ids["B"])
        with pytest.raises(ItemNotFound):
            items.move_item(found, ids["B"], by=user)
    assert acting.order(one) == "ADC"


def test_adding_twice_is_once_and_each_change_can_be_taken_back(
    acting: Any, make_set: Any, artist: User, tracks: list[Medium], db_session: Session
) -> None:
    one = make_set(artist)
    for medium in (tracks[0], tracks[1], tracks[0]):
        with acting(one, artist) as (found, user):
            items.add_item(found, db.session.get_one(Medium, medium.id), by=user)
    assert acting.order(one) == "AB"
    with acting(one, artist) as (found, user):
        items.move_item(found, ids_of(acting, one)["B"], by=user, before=ids_of(acting, one)["A"])
        items.edit_item(found, ids_of(acting, one)["A"], by=user, note=" this\ndrop ", starts_at_ms=1000)
        items.remove_item(found, tracks[0].id, by=user)
        items.remove_item(found, tracks[0].id, by=user)
    changes = db_session.scalars(select(SetChange).where(SetChange.set_id == one.id).order_by(SetChange.id)).all()
    assert [change.kind for change in changes] == [
        ChangeKind.ADDED, ChangeKind.ADDED, ChangeKind.MOVED, ChangeKind.EDITED, ChangeKind.REMOVED,
    ]  # fmt: skip
    assert {change.actor_id for change in changes} == {artist.id}
    moved, edited, removed = changes[2:]
    assert (moved.before["after"], moved.after["after"]) == (str(tracks[0].id), None)
    assert edited.before == {"note": "", "starts_at_ms": None}
    assert edited.after == {"note": "this drop", "starts_at_ms": 1000}
    assert removed.medium_id == tracks[0].id
    assert removed.before == {
        "note": "this drop", "starts_at_ms": 1000, "stops_at_ms": None, "season": None, "episode": None,
        "medium_secret": None, "after": str(tracks[1].id), "added_by_id": str(artist.id),
    }  # fmt: skip
    db_session.expire_all()
    assert db_session.get_one(Set, one.id).version == 5


def test_what_is_added_to_a_show_goes_to_the_top(
    acting: Any, make_set: Any, artist: User, tracks: list[Medium]
) -> None:
    one = make_set(artist, tracks[:2], kind="podcast", newest_first=True)
    with acting(one, artist) as (found, user):
        items.add_item(found, db.session.get_one(Medium, tracks[2].id), by=user)
    assert acting.order(one) == "CAB"


def test_two_who_reorder_at_once_both_get_through_and_the_order_is_total(
    acting: Any, make_set: Any, artist: User, make_medium: MakeMedium, db_session: Session
) -> None:
    media = [make_medium(artist, title=f"{number:02d}") for number in range(8)]
    one = make_set(artist, media)
    ids = [item_id for _title, item_id in acting.items(one)]
    start, failures = Barrier(6), list[BaseException]()

    def move(number: int) -> None:
        try:
            with acting(one, artist) as (found, user):
                start.wait(10)
                items.move_item(found, ids[number + 1], by=user, before=ids[0])
        except BaseException as error:  # noqa: BLE001 - told below
            failures.append(error)

    threads = [Thread(target=move, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    titles = [title for title, _id in acting.items(one)]
    assert sorted(titles) == [f"{number:02d}" for number in range(8)]
    assert titles.index("00") == 6
    assert titles[-1] == "07"
    ranks = select(func.count(SetItem.rank.distinct())).where(SetItem.set_id == one.id)
    assert db_session.scalar(ranks) == 8
    assert db_session.scalar(select(Set.version).where(Set.id == one.id)) == 6


def test_ranks_that_have_grown_long_or_are_equal_are_written_anew_in_the_same_order(
    acting: Any, make_set: Any, artist: User, tracks: list[Medium], db_session: Session
) -> None:
    one = make_set(artist, tracks)
    ids = ids_of(acting, one)
    for row in db_session.scalars(select(SetItem).where(SetItem.set_id == one.id).order_by(SetItem.rank)):
        row.rank = "a0"  # as nobody leaves them; the ids decide the order then
    db_session.commit()
    first, second, third, last = acting.order(one)
    with acting(one, artist) as (found, user):
        items.move_item(found, ids[last], by=user, after=ids[first])
    assert acting.order(one) == first + last + second + third
    with acting(one, artist) as (found, user):
        for title in (third, second, last) * 60:
            items.move_item(found, ids[title], by=user, after=ids[first])
    assert acting.order(one) == first + last + second + third
    longest = select(func.max(func.length(SetItem.rank))).where(SetItem.set_id == one.id)
    assert (db_session.scalar(longest) or 99) <= 48


def test_the_thousand_and_first_finds_no_room(
    acting: Any, make_set: Any, artist: User, tracks: list[Medium], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(items, "MOST_ITEMS", 3)
    one = make_set(artist, tracks[:3])
    with acting(one, artist) as (found, user), pytest.raises(SetFull, match="1,000"):
        items.add_item(found, db.session.get_one(Medium, tracks[3].id), by=user)
    with acting(one, artist) as (found, user):
        items.add_item(found, db.session.get_one(Medium, tracks[0].id), by=user)  # it is in it: no room is needed


def test_nobody_else_changes_a_set(acting: Any, make_set: Any, artist: User, fan: User, tracks: list[Medium]) -> None:
    one = make_set(artist, tracks)
    item = ids_of(acting, one)["A"]
    for act in (
        lambda found, user: items.add_item(found, db.session.get_one(Medium, tracks[0].id), by=user),
        lambda found, user: items.remove_item(found, tracks[0].id, by=user),
        lambda found, user: items.move_item(found, item, by=user),
        lambda found, user: items.step_item(found, item, by=user, down=True),
        lambda found, user: items.edit_item(found, item, by=user, note="x"),
        lambda found, user: items.edit_item(found, uuid7(), by=user, note="x"),
    ):
        with acting(one, fan) as (found, user), pytest.raises(MayNotArrange):
            act(found, user)
    assert acting.order(one) == "ABCD"
