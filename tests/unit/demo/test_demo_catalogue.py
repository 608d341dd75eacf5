"""What the demo promises, counted."""

import re
from itertools import pairwise

import pytest

from app.demo.artists import ARTISTS, STAFF, get_artist
from app.demo.captions import lyrics_entries
from app.demo.catalogue import ITEMS, get_item
from app.demo.rendering import RECIPES
from app.demo.shapes import DemoItem

ALL = pytest.mark.parametrize("item", ITEMS, ids=[item.slug for item in ITEMS])

_STAMP = r"(\d\d):(\d\d):(\d\d)\.(\d{3})"
_CUE = re.compile(rf"^{_STAMP} --> {_STAMP}$", re.MULTILINE)


def cues_ms(webvtt: str) -> list[tuple[int, int]]:
    """The (start, end) of every cue of a WebVTT text, in milliseconds."""
    found = []
    for numbers in _CUE.findall(webvtt):
        h1, m1, s1, t1, h2, m2, s2, t2 = map(int, numbers)
        found.append((((h1 * 60 + m1) * 60 + s1) * 1000 + t1, ((h2 * 60 + m2) * 60 + s2) * 1000 + t2))
    return found


def public(kind: str) -> list[DemoItem]:
    return [item for item in ITEMS if item.kind == kind and item.visibility == "public"]


def test_there_is_enough_to_hear_and_see() -> None:
    assert len(ARTISTS) == 4
    assert len(public("audio")) >= 8
    assert len(public("video")) >= 4
    assert len([item for item in public("audio") if item.realm == "music"]) >= 5
    assert len([item for item in public("audio") if item.realm == "voice"]) >= 3
    assert {item.realm for item in ITEMS} == {artist.realm for artist in ARTISTS} == {"music", "screen", "voice"}


def test_one_item_is_unlisted_and_one_private() -> None:
    visibilities = [item.visibility for item in ITEMS]
    assert visibilities.count("unlisted") == 1
    assert visibilities.count("private") == 1


def test_slugs_are_unique_and_fit_an_address() -> None:
    slugs = [item.slug for item in ITEMS]
    assert len(set(slugs)) == len(slugs)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug) for slug in slugs)
    assert not set(slugs) & {"sets", "posts", "tracks", "videos", "playlists", "likes", "followers", "following"}


def test_usernames_are_unique_letters_digits_and_underscores() -> None:
    names = [*(artist.username for artist in ARTISTS), *(account.username for account in STAFF)]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9_]{3,30}", name) for name in names)
    assert {person.role for person in STAFF} == {"admin", "moderator"}


def test_every_item_has_an_artist_and_a_recipe() -> None:
    assert {item.slug for item in ITEMS} == set(RECIPES)
    assert all(get_artist(item.artist) for item in ITEMS)
    with pytest.raises(KeyError):
        get_artist("nobody")
    with pytest.raises(KeyError):
        get_item("nothing")


def test_names_go_both_ways_and_titles_go_on() -> None:
    assert any(re.search(r"[\u0590-\u08ff]", artist.display_name) for artist in ARTISTS)
    assert any(len(word) >= 30 for item in ITEMS if item.language == "de" for word in item.title.split())
    assert any(len(item.title) >= 50 for item in ITEMS if item.language == "de")


def test_no_two_items_share_artwork_or_sound() -> None:
    sounds = [recipe.sound for recipe in RECIPES.values()]
    artworks = [recipe.sleeve or recipe.film for recipe in RECIPES.values() if recipe.sleeve or recipe.film]
    assert len(set(sounds)) == len(sounds)
    assert len(set(artworks)) == len(artworks) >= 12


def test_every_importer_has_something_to_import() -> None:
    assert {item.container for item in ITEMS} == {"flac", "mp3", "m4a", "opus", "wav", "mp4", "mov", "mkv", "webm"}
    assert any(item.embeds_text and item.captions for item in ITEMS)
    assert any(item.embeds_text and item.chapters for item in ITEMS if item.kind == "audio")


def test_captions_chapters_and_lyrics_are_there() -> None:
    captioned = [item for item in ITEMS if any(track.kind == "captions" for track in item.captions)]
    assert len(captioned) >= 3
    assert any(len({track.language for track in item.captions}) >= 2 for item in captioned)
    assert len([item for item in ITEMS if item.chapters]) >= 3
    assert len([item for item in ITEMS if item.lyrics_lrc]) == 1


@ALL
def test_every_text_was_written(item: DemoItem) -> None:
    description = item.description_markdown
    assert 2 <= len(re.findall(r"[.!?](?=[\s*)]|$)", description)) <= 8
    assert "lorem" not in description.lower()
    assert item.title
    assert item.genre
    assert item.tags
    assert item.language
    assert item.licence
    assert item.credits


@ALL
def test_durations_keep_the_budget_of_the_first_start(item: DemoItem) -> None:
    low, high = (45_000, 90_000) if item.kind == "audio" else (20_000, 40_000)
    assert low <= item.duration_ms <= high


@ALL
def test_cues_run_on_within_the_duration(item: DemoItem) -> None:
    for track in item.captions:
        cues = cues_ms(track.text)
        assert track.text.startswith("WEBVTT\n\n")
        assert len(cues) == track.text.count("-->") >= 5
        assert all(start < end <= item.duration_ms for start, end in cues)
        assert all(first[0] <= second[0] for first, second in pairwise(cues))


@ALL
def test_chapters_run_on_from_the_start(item: DemoItem) -> None:
    starts = [chapter.starts_at_ms for chapter in item.chapters]
    assert starts == sorted(set(starts))
    assert not starts or (starts[0] == 0 and starts[-1] < item.duration_ms)


def test_lyrics_say_when_to_sing() -> None:
    item = next(item for item in ITEMS if item.lyrics_lrc)
    entries = lyrics_entries(item.lyrics_lrc or "")
    assert len(entries) >= 10
    assert [at for at, _ in entries] == sorted(at for at, _ in entries)
    assert entries[-1][0] < item.duration_ms
    sung = cues_ms(item.captions[0].text)
    assert all(abs(start - at) <= 10 for (start, _), (at, _) in zip(sung, entries, strict=True))
