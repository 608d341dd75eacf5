"""The films of the demo, as their pages tell them."""

from datetime import date

from app.demo import captions
from app.demo.film_lighthouse import ACTS
from app.demo.shapes import DemoChapter, DemoItem

FILMS: tuple[DemoItem, ...] = (
    DemoItem(
        artist="lantern_and_moth",
        slug="the-keepers-interval",
        title="The Keeper's Interval",
        kind="video",
        realm="screen",
        genre="Short film",
        tags=("animation", "lighthouse", "cut paper", "moth"),
        language="en",
        licence="CC-BY-NC-4.0",
        description_markdown=(
            "A keeper, a boat, a moth, thirty-six seconds. Every lighthouse has its own rhythm, so that sailors "
            "know which one they "
            "are looking at; this one breaks it, **once**, for somebody who is late.\n\n"
            "Cut from paper that is not there and drawn on twos. The moth did her own stunts."
        ),
        credits=(
            ("Direction, light", "Inês Faria"),
            ("Moth", "Tom Aldous"),
            ("Music", "Lantern & Moth"),
            ("German captions", "Meike Brandt"),
        ),
        release_date=date(2026, 3, 27),
        duration_ms=36_000,
        container="mkv",
        captions=captions.LIGHTHOUSE,
        chapters=tuple(DemoChapter(starts_at_ms=round(start * 1000), title=title) for start, title in ACTS),
        embeds_text=True,
    ),
    DemoItem(
        artist="lantern_and_moth",
        slug="seven-ridges-one-take",
        title="Seven Ridges, One Take",
        kind="video",
        realm="screen",
        genre="Landscape",
        tags=("sunrise", "generative", "mountains", "slow"),
        language="en",
        licence="CC0-1.0",
        description_markdown=(
            "The sun comes up behind mountains that do not exist. We waited for it anyway, with a flask.\n\n"
            "One shot, no cuts, no drone permit. Free for **any** use: if your planetarium, waiting room or "
            "grandmother needs a "
            "morning, take this one."
        ),
        credits=(("Mountains", "Tom Aldous"), ("Sun", "Inês Faria"), ("Music", "Lantern & Moth")),
        release_date=date(2025, 12, 21),
        duration_ms=30_000,
        container="mp4",
    ),
    DemoItem(
        artist="lantern_and_moth",
        slug="a-small-word",
        title="A Small Word in a Large Room",
        kind="video",
        realm="screen",
        genre="Motion design",
        tags=("typography", "comedy", "hello", "manners"),
        language="en",
        licence="CC-BY-4.0",
        description_markdown=(
            "A small word walks into a large room and says the only thing it knows. The room, *which was raised "
            "well*, says it "
            "back.\n\n"
            "Best watched in a stairwell."
        ),
        credits=(("Type", "Inês Faria"), ("Room", "Tom Aldous"), ("Arabic subtitles", "Nawal Sarab")),
        release_date=date(2026, 2, 14),
        duration_ms=24_000,
        container="mov",
        captions=captions.ROOM,
        chapters=(
            DemoChapter(starts_at_ms=0, title="The word"),
            DemoChapter(starts_at_ms=6_545, title="Hello"),
            DemoChapter(starts_at_ms=13_091, title="The room"),
            DemoChapter(starts_at_ms=21_818, title="A chair"),
        ),
        embeds_text=True,
    ),
    DemoItem(
        artist="lantern_and_moth",
        slug="ink-remembers-water",
        title="Ink Remembers Water",
        kind="video",
        realm="screen",
        genre="Experimental",
        tags=("abstract", "ink", "visual music", "piano"),
        language="en",
        licence="CC-BY-SA-4.0",
        description_markdown=(
            "Nine drops of ink and nine piano notes fall into the same basin. The ink goes where the water tells "
            "it; the water "
            "was told by a **curl of noise**, and will not say which.\n\n"
            "No two frames are alike, which makes it very hard to find your place again."
        ),
        credits=(("Ink", "Inês Faria"), ("Water", "Tom Aldous"), ("Piano", "Nawal Sarab")),
        release_date=date(2025, 10, 10),
        duration_ms=28_000,
        container="webm",
    ),
)
