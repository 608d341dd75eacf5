"""Captions as WebVTT, and lyrics as LRC. Where a script drives the picture or the sound, the captions come from it."""

from collections.abc import Sequence

from app.demo import film_room, morse
from app.demo.records_chip import CHIP_BEAT
from app.demo.records_night import FIRST_GROUP, GROUP_SECONDS, RAIN_SECTION, TIMETABLE
from app.demo.scores import ROOM_BEAT
from app.demo.shapes import DemoCaptions

Cue = tuple[float, float, str]
"""Start and end in seconds, and the text."""


def time_stamp(seconds: float) -> str:
    """A time as WebVTT writes it: ``00:01:02.345``."""
    total_ms = round(seconds * 1000)
    return f"{total_ms // 3_600_000:02}:{total_ms // 60_000 % 60:02}:{total_ms // 1000 % 60:02}.{total_ms % 1000:03}"


def webvtt(cues: Sequence[Cue]) -> str:
    """A WebVTT file of cues in order."""
    blocks = [f"{time_stamp(start)} --> {time_stamp(end)}\n{text}" for start, end, text in cues]
    return "WEBVTT\n\n" + "\n\n".join(blocks) + "\n"


def _rain() -> list[Cue]:
    kinds = (
        ("[Hard rain on a tin roof, close above]", "[A drop finds the one loose sheet]"),
        ("[Under an umbrella: soft drumming, footsteps]", "[The footsteps do not hurry]"),
        ("[A gutter, full, gurgling]", "[It swallows, and asks for more]"),
        ("[Puddles: small high splashes]", "[Somebody steps around them]"),
        ("[Indoors: rain ticks on the window, a clock agrees]", "[The street, far below, hisses]"),
        ("[It has stopped. The eaves drip]", "[A blackbird tries one phrase, then another]"),
    )
    cues: list[Cue] = []
    for index, (first, second) in enumerate(kinds):
        start = index * RAIN_SECTION
        cues += [(start + 0.8, start + 5.2, first), (start + 6.2, start + 10.6, second)]
    return cues


def _numbers() -> list[Cue]:
    cues: list[Cue] = [
        (0.3, 4.6, "[Static. A whistle slides down the dial]"),
        (6.0, 13.0, "[A music box, through shortwave]"),
        (13.2, 20.0, "[The music box again, the same eleven notes]"),
        (20.4, 22.8, "[Three long tones]"),
    ]
    for index, group in enumerate(TIMETABLE):
        start = FIRST_GROUP + index * GROUP_SECONDS
        cues.append((start, start + GROUP_SECONDS - 0.3, f"[Tones] {' '.join(group)}"))
    return [
        *cues,
        (45.6, 53.0, "[A bus passes. It does not stop]"),
        (55.0, 62.0, "[The music box]"),
        (62.2, 69.4, "[The music box, its spring running down]"),
        (69.8, 74.6, "[The carrier is gone. Static]"),
    ]


def _gale(language: str) -> list[Cue]:
    english = language == "en"
    cues: list[Cue] = [
        (0.5, 4.8, "[Sea. Far off, a foghorn]" if english else "[Meer. In der Ferne ein Nebelhorn]"),
        (45.2, 49.0, "[Thunder. Nobody answers]" if english else "[Donner. Niemand antwortet]"),
        (55.0, 57.8, "[The wind drops]" if english else "[Der Wind lässt nach]"),
        (68.0, 71.6, "[Foghorn. Then only the sea]" if english else "[Nebelhorn. Dann nur noch das Meer]"),
    ]
    for start, end, message in morse.schedule():
        said = message.english if english else message.german
        cues.append((start, end + 0.4, f"<v {message.sender.title()}>{said}"))
    return sorted(cues)


def _room(translations: dict[str, str] | None = None) -> list[Cue]:
    cues: list[Cue] = []
    for first, beats, _, text, _, _ in film_room.SCRIPT[2:]:
        said = text if translations is None else translations[text]
        cues.append((first * ROOM_BEAT, (first + beats) * ROOM_BEAT - 0.04, said))
    return cues


_ROOM_ARABIC = {
    "a small word": "كلمة صغيرة",
    "walks in.": "تدخل.",
    "It looks around.": "تنظر حولها.",
    "Nobody.": "لا أحد.",
    "So it clears its throat:": "فتتنحنح:",
    "HELLO": "مرحبا",
    "The room,": "والغرفة،",
    "which was raised well,": "وهي حسنة التربية،",
    "says it back:": "تردّ التحية:",
    "The word sits down.": "تجلس الكلمة.",
}

_LIGHTHOUSE: tuple[tuple[float, float, str, str], ...] = (
    (0.8, 1.9, "[Waves]", "[Wellen]"),
    (2.0, 4.2, "[Foghorn]", "[Nebelhorn]"),
    (4.6, 7.8, "[A music box, from the house]", "[Eine Spieluhr, aus dem Haus]"),
    (8.0, 11.6, "Every night at eight: one lamp, one moth.", "Jeden Abend um acht: eine Lampe, eine Motte."),
    (12.0, 13.9, "[Foghorn]", "[Nebelhorn]"),
    (14.0, 17.4, "[The music box answers it]", "[Die Spieluhr antwortet]"),
    (17.6, 20.4, "Somebody out there is late.", "Da draußen verspätet sich jemand."),
    (20.6, 23.8, "[Voices without words]", "[Stimmen ohne Worte]"),
    (24.2, 27.4, "So the light waits.", "Also wartet das Licht."),
    (27.6, 30.8, "And a small light says: seen.", "Und ein kleines Licht sagt: gesehen."),
    (31.0, 33.0, "[Foghorn, once, politely]", "[Nebelhorn, einmal, höflich]"),
    (33.2, 35.6, "[Morning]", "[Morgen]"),
)

RAIN = (DemoCaptions(language="en", label="English", kind="captions", text=webvtt(_rain())),)
NUMBERS = (DemoCaptions(language="en", label="English", kind="captions", text=webvtt(_numbers())),)
GALE = (
    DemoCaptions(language="en", label="English", kind="captions", text=webvtt(_gale("en"))),
    DemoCaptions(language="de", label="Deutsch", kind="captions", text=webvtt(_gale("de"))),
)
ROOM = (
    DemoCaptions(language="en", label="English", kind="captions", text=webvtt(_room())),
    DemoCaptions(language="ar", label="العربية", kind="subtitles", text=webvtt(_room(_ROOM_ARABIC))),
)
LIGHTHOUSE = (
    DemoCaptions(
        language="en", label="English", kind="captions", text=webvtt([(a, b, en) for a, b, en, _ in _LIGHTHOUSE])
    ),
    DemoCaptions(
        language="de", label="Deutsch", kind="captions", text=webvtt([(a, b, de) for a, b, _, de in _LIGHTHOUSE])
    ),
)

_LYRICS = (
    (4, "Last train out, the yard is grey,"),
    (6, "nobody told it which way to stay."),
    (8, "Four small voices in a plastic case,"),
    (10, "one of them noise, and the rest is bass."),
    (12, "Insert coin! Insert coin!"),
    (14, "The moon is a level that I can't join."),
    (16, "Insert coin! One more try,"),
    (18, "I've got three lives and I'm saving mine for July."),
    (20, "(The driver looks out. The signal is red.)"),
    (24, "Insert coin! Insert coin!"),
    (26, "The moon is a level that I can't join."),
    (28, "Insert coin! Hold the key,"),
    (30, "the high score's yours, but the night train's me."),
    (34, "(Game over. Continue?)"),
)
"""(bar, line) of the hand-held tune; the console plays, the listener sings."""


def _sung() -> list[Cue]:
    starts = [bar * 4 * CHIP_BEAT for bar, _ in _LYRICS]
    ends = [
        min(start + 8 * CHIP_BEAT, following) - 0.05
        for start, following in zip(starts, [*starts[1:], 66.0], strict=True)
    ]
    return [(start, end, text) for start, end, (_, text) in zip(starts, ends, _LYRICS, strict=True)]


INSERT_COIN = (DemoCaptions(language="en", label="English", kind="lyrics", text=webvtt(_sung())),)


def lyrics_lrc(title: str, artist: str) -> str:
    """The lyrics of the hand-held tune as LRC, a time stamp a line."""
    lines = [f"[ti:{title}]", f"[ar:{artist}]"]
    for bar, text in _LYRICS:
        seconds = bar * 4 * CHIP_BEAT
        lines.append(f"[{int(seconds // 60):02}:{seconds % 60:05.2f}]{text}")
    return "\n".join(lines) + "\n"


def lyrics_entries(lrc: str) -> list[tuple[int, str]]:
    """The timed lines of an LRC text: (milliseconds, words). Lines that carry a tag instead of a time are left out."""
    entries = []
    for row in lrc.splitlines():
        stamp, _, words = row.removeprefix("[").partition("]")
        minutes, _, seconds = stamp.partition(":")
        if minutes.isdigit():
            entries.append((int(minutes) * 60_000 + round(float(seconds) * 1000), words))
    return entries
