"""The programmes of the demo's radio station, as their pages tell them."""

from datetime import date

from app.demo import captions
from app.demo.records_night import GALE_SECONDS, RAIN_SECTION
from app.demo.shapes import DemoChapter, DemoItem

_RAINS = ("A tin roof", "An umbrella", "A gutter", "Puddles", "A window, from inside", "After")

PROGRAMMES: tuple[DemoItem, ...] = (
    DemoItem(
        artist="night_desk",
        slug="gale-warning-position-unknown",
        title="Gale Warning, Position Unknown",
        kind="audio",
        realm="voice",
        genre="Radio drama",
        tags=("morse", "radio drama", "sea", "soup"),
        language="en",
        licence="CC-BY-4.0",
        description_markdown=(
            "A coast station and a ship, both on the night watch, one gale between them. The whole play is in "
            "Morse at twenty-five "
            "words a minute. *If you can read it, close your eyes; if not, the captions can, in English and "
            "German.*\n\n"
            "Nothing was added in the studio but the sea."
        ),
        credits=(("Ost", "Key, 660 Hz"), ("Tern", "Key, 494 Hz"), ("Script", "The Night Desk"), ("Soup", "The cook")),
        release_date=date(2026, 1, 30),
        duration_ms=round(GALE_SECONDS * 1000),
        container="mp3",
        album="The Night Desk",
        captions=captions.GALE,
        chapters=(
            DemoChapter(starts_at_ms=0, title="First call"),
            DemoChapter(starts_at_ms=16_400, title="The warning"),
            DemoChapter(starts_at_ms=32_500, title="Soup"),
            DemoChapter(starts_at_ms=44_600, title="Nine"),
            DemoChapter(starts_at_ms=63_300, title="Reply"),
        ),
    ),
    DemoItem(
        artist="night_desk",
        slug="six-kinds-of-rain",
        title="Six Kinds of Rain",
        kind="audio",
        realm="voice",
        genre="Field recording",
        tags=("rain", "sound walk", "sleep", "binaural"),
        language="en",
        licence="CC0-1.0",
        description_markdown=(
            "The way home from the transmitter, in six surfaces: tin, nylon, gutter, puddle, glass, and then "
            "nothing, which is a "
            "surface too.\n\n"
            "Captioned for those who like to **read rain**. The blackbird at the end was not asked."
        ),
        credits=(("Umbrella", "The Night Desk"), ("Blackbird", "Uncredited, at its own request")),
        release_date=date(2025, 11, 28),
        duration_ms=72_000,
        container="m4a",
        album="The Night Desk",
        captions=captions.RAIN,
        chapters=tuple(
            DemoChapter(starts_at_ms=round(index * RAIN_SECTION * 1000), title=title)
            for index, title in enumerate(_RAINS)
        ),
        embeds_text=True,
    ),
    DemoItem(
        artist="night_desk",
        slug="numbers-for-the-night-bus",
        title="Numbers for the Night Bus",
        kind="audio",
        realm="voice",
        genre="Sound art",
        tags=("numbers station", "shortwave", "timetable", "N7"),
        language="en",
        licence="CC-BY-SA-4.0",
        description_markdown=(
            "Received on 4,888 kHz between two and four in the morning: a music box, three tones, and groups of "
            "digits as pitches. "
            "We spent a winter on the cipher. It is the **timetable of the N7**.\n\n"
            "The bus at 0:45 is the bus."
        ),
        credits=(("Reception", "The Night Desk"), ("Music box", "Unknown"), ("Cipher", "Public transport authority")),
        release_date=date(2026, 4, 10),
        duration_ms=75_000,
        container="flac",
        album="The Night Desk",
        captions=captions.NUMBERS,
    ),
    DemoItem(
        artist="night_desk",
        slug="test-transmission",
        title="Test Transmission (Please Do Not Adjust Anything)",
        kind="audio",
        realm="voice",
        genre="Sound art",
        tags=("test card", "ident", "tape"),
        language="en",
        licence="CC-BY-4.0",
        description_markdown=(
            "For the people with the link: forty-five seconds of what we send before we have anything to send. A "
            "tone, a clock, our "
            "three notes, and the engineer, who thinks that the microphone is off."
        ),
        credits=(("Engineering, humming", "The Night Desk"),),
        release_date=date(2025, 9, 5),
        duration_ms=45_000,
        container="opus",
        visibility="unlisted",
    ),
)
