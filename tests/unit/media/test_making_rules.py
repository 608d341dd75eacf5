"""The order of work, how far it is, and how the engine's values are kept."""

import json
from fractions import Fraction

import pytest

from app.media import links
from app.media.cards import bars_path, fallback_tints
from app.media.engine.ladder import AudioRung, Span, VideoRung
from app.media.making.work import content_type
from app.media.models import RenditionState, Task, TaskKind, TaskState
from app.media.records import from_record, to_record
from app.media.services.progress import _rendition_state, percent_done
from app.media.services.tasks import URGENCY


def test_what_makes_a_film_playable_comes_before_what_makes_it_complete() -> None:
    order = [
        TaskKind.INSPECT, TaskKind.PICTURES, TaskKind.VIDEO, TaskKind.AUDIO, TaskKind.WAVEFORM, TaskKind.PROGRESSIVE,
        TaskKind.STORYBOARD,
    ]  # fmt: skip
    assert sorted(TaskKind, key=URGENCY.__getitem__) == order


@pytest.mark.parametrize(
    ("states", "state"),
    [
        ("queued queued", RenditionState.QUEUED), ("running queued", RenditionState.ENCODING),
        ("done queued", RenditionState.ENCODING), ("done done", RenditionState.READY),
        ("done failed", RenditionState.FAILED), ("failed queued", RenditionState.FAILED),
    ],
)  # fmt: skip
def test_a_rendition_is_as_far_as_its_chunks(states: str, state: RenditionState) -> None:
    assert _rendition_state([TaskState(one) for one in states.split()]) is state


def test_encoding_weighs_the_most_in_the_whole() -> None:
    tasks = [Task(kind=kind, progress_pct=0) for kind in (TaskKind.INSPECT, TaskKind.VIDEO, TaskKind.VIDEO)]
    assert percent_done([]) == percent_done(tasks) == 0
    tasks[0].progress_pct = 100
    assert percent_done(tasks) == 4
    tasks[1].progress_pct = 100
    assert percent_done(tasks) == 52
    tasks[2].progress_pct = 100
    assert percent_done(tasks) == 100


@pytest.mark.parametrize(
    "value",
    [
        VideoRung(
            name="240p", width=426, height=240, frame_rate=Fraction(30000, 1001), frame_step=2, crf=23,
            maxrate_bps=400_000, bufsize_bits=800_000, level=13, codecs="avc1.64000d",
        ),
        Span(index=1, first_frame=150, frames=175, is_last=True, starts_at_ms=6000, duration_ms=7000),
    ],
)  # fmt: skip
def test_what_was_planned_comes_back_from_the_table_as_it_went_in(value: VideoRung | Span | AudioRung) -> None:
    assert from_record(type(value), json.loads(json.dumps(to_record(value)))) == value


def test_everything_that_is_delivered_has_a_type() -> None:
    names = {
        "a.mp4": "video/mp4", "a.m4a": "audio/mp4", "a.jpg": "image/jpeg", "a.webp": "image/webp", "a.vtt": "text/vtt",
        "a.json": "application/json", "a": "application/octet-stream", "a.html.x": "application/octet-stream",
    }  # fmt: skip
    assert {name: content_type(name) for name in names} == names


def test_addresses_carry_a_secret_only_where_they_are_given_one() -> None:
    assert links.medium_url("ana", "sea") == "/@ana/sea"
    assert links.medium_url("ana", "sea", "a b&c") == "/@ana/sea?s=a%20b%26c"
    assert links.delivery_base("key", open_to_all=True, secret="s") == "/media/public/key/"
    assert links.delivery_base("key", open_to_all=False) == "/media/restricted/key/-/"
    assert links.delivery_base("key", open_to_all=False, secret="s") == "/media/restricted/key/s/"


def test_a_small_waveform_is_drawn_about_the_middle_and_never_vanishes() -> None:
    assert bars_path(b"") == ""
    assert bars_path(bytes([0, 255])) == "M100 49v2M300 2v96"


def test_a_work_without_artwork_has_its_own_two_colours() -> None:
    assert fallback_tints("abc") == fallback_tints("abc")
    assert len({fallback_tints(str(number)) for number in range(100)}) > 4
