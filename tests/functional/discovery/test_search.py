"""Search: words by their beginnings, in any script; complete, without what is not for everyone."""

from datetime import timedelta

import pytest

from app.accounts.models import User
from app.core.clock import now
from tests.harness.browser import Browser
from tests.harness.html import Page
from tests.harness.kinds import MakeMedium, MakePerson

OTHERS = ("Midnight", "Straße im Regen", "ليل طويل", "हिन्दी गीत", "Été à Paris", "日本の歌")


@pytest.fixture
def artist(make_person: MakePerson) -> User:
    return make_person(role="artist")


def titles(client: Browser, query: str, **more: str) -> list[str]:
    answer = client.get("/search", query_string={"q": query, **more})
    assert answer.status_code == 200
    page = answer.text.split('id="results"')[1]
    known = (
        "Night Train",
        "Day Train",
        "Midnight",
        "Straße im Regen",
        "ليل طويل",
        "हिन्दी गीत",
        "Été à Paris",
        "日本の歌",
    )
    return [title for title in known if f">{title}<" in page]


@pytest.fixture
def catalogue(artist: User, make_medium: MakeMedium) -> None:
    make_medium(artist, title="Night Train", genre="Ambient")
    make_medium(artist, "video", title="Day Train", genre="Documentary")
    for title in OTHERS:
        make_medium(artist, title=title)


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("train", ["Night Train", "Day Train"]),
        ("TRA", ["Night Train", "Day Train"]),
        ("nig tra", ["Night Train"]),
        ("train night", ["Night Train"]),
        ("night", ["Night Train"]),
        ("ambient", ["Night Train"]),
        ("train xylophone", []),
        ("ليل", ["ليل طويل"]),
        ("طوي", ["ليل طويل"]),
        ("STRASSE", []),
        ("Straße", ["Straße im Regen"]),
        ("straße reg", ["Straße im Regen"]),
        ("été", ["Été à Paris"]),
        ("E\u0301te\u0301", ["Été à Paris"]),
        ("हिन्दी", ["हिन्दी गीत"]),
        ("日本の歌", ["日本の歌"]),
    ],
)
def test_words_are_found_by_their_beginnings_in_any_script(client: Browser, query: str, found: list[str]) -> None:
    assert titles(client, query) == found


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize(("kind", "found"), [("audio", ["Night Train"]), ("video", ["Day Train"]),
                                             ("", ["Night Train", "Day Train"]),
                                             ("nonsense", ["Night Train", "Day Train"])])  # fmt: skip
def test_the_kind_can_be_chosen(client: Browser, kind: str, found: list[str]) -> None:
    assert titles(client, "train", type=kind) == found


OPERATORS = [
    "train & !night", "(train", "train:*", "'", "''", "\\", "train | day", "<->", "!", "&&&", "a:b:c", "%", "_",
    "train:ABCD", "\x00", "  ", "' OR 1=1 --", "😀", "a" * 500, "\u202e", "train\\", ":*", "a_b __ c", "\ud800",
]  # fmt: skip


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize("query", OPERATORS, ids=ascii)
def test_signs_that_mean_something_to_the_index_mean_nothing_here(client: Browser, query: str) -> None:
    answer = client.get("/search", query_string={"q": query.encode("utf-8", "surrogatepass")})
    assert answer.status_code == 200


@pytest.mark.usefixtures("catalogue")
def test_without_words_nothing_is_searched(client: Browser) -> None:
    assert "What are you in the mood for?" in client.get("/search").text
    assert "No echo" in client.get("/search?q=xylophone").text


@pytest.mark.parametrize(
    "hidden",
    [{"visibility": "unlisted"}, {"visibility": "private"}, {"published_at": None}, {"state": "removed"},
     {"available_until": now() - timedelta(seconds=1)}, {"withheld": True}, {"with_version": False},
     {"published_at": now() + timedelta(days=1)}],
    ids=["unlisted", "private", "draft", "removed", "run out", "withheld", "nothing to play", "later"],
)  # fmt: skip
def test_what_is_not_for_everyone_is_not_found(
    client: Browser, artist: User, make_medium: MakeMedium, hidden: dict[str, object]
) -> None:
    make_medium(artist, title="Night Train", **hidden)
    assert titles(client, "train") == []
    for path in ("/", "/music", f"/@{artist.username}"):
        assert "Night Train" not in client.get(path).text


def all_pages(client: Browser, path: str) -> list[str]:
    """The titles ``Piece nn`` of a listing, page by page, as often as they appear."""
    seen: list[str] = []
    following: str | None = path
    while following:
        answer = client.get(following)
        assert answer.status_code == 200
        page = Page(answer.text)
        seen += [name for name in (f"Piece {n:02d}" for n in range(70)) if f">{name}<" in answer.text]
        following = next((link for link in page.links if "after=" in link), None)
    return seen


@pytest.mark.parametrize("path", ["/search?q=piece", "/music", "/@prolific", "/@prolific/tracks"])
def test_pages_are_complete_and_repeat_nothing_even_at_equal_times(
    client: Browser, make_person: MakePerson, make_medium: MakeMedium, path: str
) -> None:
    prolific = make_person(username="prolific", role="artist")
    moment = now()
    for number in range(70):
        make_medium(prolific, title=f"Piece {number:02d}", published_at=moment - timedelta(seconds=number // 30))
    assert sorted(all_pages(client, path)) == [f"Piece {number:02d}" for number in range(70)]


def test_a_page_that_was_begun_goes_on_though_something_new_comes(
    client: Browser, artist: User, make_medium: MakeMedium
) -> None:
    moment = now()
    for number in range(30):
        make_medium(artist, title=f"Piece {number:02d}", published_at=moment - timedelta(minutes=number))
    first = client.get("/search?q=piece").text
    following = next(link for link in Page(first).links if "after=" in link)
    make_medium(artist, title="Piece 99")
    second = client.get(following).text
    assert [n for n in range(30) if f">Piece {n:02d}<" in second] == list(range(24, 30))


@pytest.mark.parametrize("path", ["/search?q=a&after=x", "/music?after=x", "/@{}?after=x"])
def test_a_cursor_that_was_changed_is_told(client: Browser, artist: User, path: str) -> None:
    answer = client.get(path.format(artist.username))
    assert answer.status_code == 400
    assert "Begin again at the first page" in answer.text


def test_more_is_a_fragment_of_cards(client: Browser, artist: User, make_medium: MakeMedium) -> None:
    for number in range(30):
        make_medium(artist, title=f"Piece {number:02d}")
    following = next(link for link in Page(client.get("/search?q=piece").text).links if "after=" in link)
    fragment = client.get_partial(following).text
    assert "<html" not in fragment
    assert fragment.count(">Piece ") == 6
    typed = client.get_partial("/search?q=piece+2").text
    assert "<html" not in typed
    assert ">Piece 20<" in typed
