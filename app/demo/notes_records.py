"""The records of the demo, as their pages tell them."""

from datetime import date

from app.demo.captions import INSERT_COIN, lyrics_lrc
from app.demo.shapes import DemoChapter, DemoItem

RECORDS: tuple[DemoItem, ...] = (
    DemoItem(
        artist="kessel_nord",
        slug="gueterzugverspaetungsnachtschicht",
        title="Güterzugverspätungsnachtschicht",
        kind="audio",
        realm="music",
        genre="Dub techno",
        tags=("dub techno", "night shift", "freight", "122 bpm"),
        language="de",
        licence="CC-BY-NC-4.0",
        description_markdown=(
            "*Freight-train-delay night shift*; German needs one word for it, and so do we. Two chords, one "
            "tunnel, and a "
            "bass drum that clocked in at 22:00.\n\n"
            "In the middle the train is late. Nobody panics. **Meike** put the kettle on during that break, and "
            "if you listen "
            "on good speakers you can hear that you cannot hear it."
        ),
        credits=(
            ("Synthesisers", "Meike Brandt"),
            ("Drum machine, delay", "Jonas Ruhland"),
            ("Mastering", "Irina Wolff"),
        ),
        release_date=date(2025, 11, 7),
        duration_ms=86_600,
        container="flac",
        album="Betriebsbahnhof",
    ),
    DemoItem(
        artist="kessel_nord",
        slug="ueber-die-allmaehliche-verfertigung-der-autobahn",
        title="Über die allmähliche Verfertigung der Autobahn beim Fahren",
        kind="audio",
        realm="music",
        genre="Krautrock",
        tags=("krautrock", "motorik", "motorway", "one take"),
        language="de",
        licence="all-rights-reserved",
        description_markdown=(
            "After Kleist, who knew that thoughts are finished by speaking them. Roads work the same way.\n\n"
            "One bass note to the county line, then a second one. The roadworks at 0:37 are real, the choir is a "
            "machine, and the cars in the background would like it known that they were *there first*."
        ),
        credits=(
            ("Bass, motorik", "Jonas Ruhland"),
            ("Guitars, lead synthesiser", "Meike Brandt"),
            ("Choir", "Two oscillators and a formant filter"),
        ),
        release_date=date(2026, 2, 20),
        duration_ms=83_400,
        container="m4a",
        album="Betriebsbahnhof",
        chapters=(
            DemoChapter(starts_at_ms=0, title="Auffahrt"),
            DemoChapter(starts_at_ms=10_000, title="Freie Strecke"),
            DemoChapter(starts_at_ms=36_667, title="Baustelle, 6 Takte"),
            DemoChapter(starts_at_ms=46_667, title="Weiter, immer weiter"),
            DemoChapter(starts_at_ms=76_000, title="Ausfahrt"),
        ),
        embeds_text=True,
    ),
    DemoItem(
        artist="kessel_nord",
        slug="insert-coin",
        title="Insert Coin (to Continue Feeling)",
        kind="audio",
        realm="music",
        genre="Chiptune",
        tags=("chiptune", "sing-along", "8-bit", "lost property"),
        language="en",
        licence="CC-BY-SA-4.0",
        description_markdown=(
            "The B-side, written on a hand-held that Jonas found in the lost property of the freight yard. "
            "Nobody has claimed "
            "it; the high score says `MUM`.\n\n"
            "Four voices, no vocals: the console has no mouth. **The words are provided. The singing is on you.**"
        ),
        credits=(("Buttons", "Jonas Ruhland"), ("Words", "Meike Brandt"), ("Vocals", "You")),
        release_date=date(2026, 3, 13),
        duration_ms=66_000,
        container="mp3",
        album="Betriebsbahnhof (Fundsachen)",
        captions=INSERT_COIN,
        lyrics_lrc=lyrics_lrc("Insert Coin (to Continue Feeling)", "Kessel Nord"),
    ),
    DemoItem(
        artist="nawal_sarab",
        slug="slow-water",
        title="ماء بطيء (Slow Water)",
        kind="audio",
        realm="music",
        genre="Ambient",
        tags=("ambient", "oud", "hijaz", "water"),
        language="ar",
        licence="CC-BY-NC-4.0",
        description_markdown=(
            "A courtyard in Nizwa, four in the afternoon, everyone asleep but the fountain. A few notes of Hijaz "
            "on D, played "
            "by somebody who is trying not to wake the house.\n\n"
            "*Please do not turn it up.* It is already as loud as the courtyard was."
        ),
        credits=(("Oud, synthesiser", "Nawal Sarab"), ("Fountain", "Itself")),
        release_date=date(2025, 8, 29),
        duration_ms=80_000,
        container="flac",
        album="Rooms Somebody Has Just Left",
    ),
    DemoItem(
        artist="nawal_sarab",
        slug="kitchen-radio-two-in-the-morning",
        title="Kitchen Radio, Two in the Morning",
        kind="audio",
        realm="music",
        genre="Lo-fi",
        tags=("lo-fi", "beats", "electric piano", "insomnia"),
        language="en",
        licence="CC-BY-4.0",
        description_markdown=(
            "It starts as a radio in somebody else's kitchen and becomes yours around 0:12. The tape has been "
            "through the wash, "
            "at forty degrees, with a scarf.\n\n"
            "For dishes, and for the time after dishes."
        ),
        credits=(("Electric piano, upright, drums", "Nawal Sarab"), ("Tape", "Found in the blue coat")),
        release_date=date(2026, 1, 16),
        duration_ms=69_500,
        container="mp3",
        album="Rooms Somebody Has Just Left",
    ),
    DemoItem(
        artist="nawal_sarab",
        slug="letter-to-a-lift-operator",
        title="Letter to a Lift Operator",
        kind="audio",
        realm="music",
        genre="Neo-classical",
        tags=("piano", "strings", "neo-classical", "felt"),
        language="en",
        licence="all-rights-reserved",
        description_markdown=(
            "For M. Aubertin, who ran the lift at 9 rue Sala for thirty-one years and read all of Proust between "
            "the third floor "
            "and the fifth.\n\n"
            "The left hand goes up and down. The strings get in on four, and leave on nine **without saying "
            "goodbye**, as was "
            "the custom of the house."
        ),
        credits=(("Piano", "Nawal Sarab"), ("Strings", "Ensemble Palier"), ("Page turning", "Zahra Sarab")),
        release_date=date(2026, 4, 3),
        duration_ms=82_000,
        container="opus",
        album="Rooms Somebody Has Just Left",
    ),
    DemoItem(
        artist="nawal_sarab",
        slug="sketch-for-k-window-open",
        title="Sketch for K., window open",
        kind="audio",
        realm="music",
        genre="Neo-classical",
        tags=("sketch", "piano", "rain"),
        language="en",
        licence="all-rights-reserved",
        description_markdown=(
            "Not finished. The rain is not finished either. Kept here so that I stop keeping it on the phone."
        ),
        credits=(("Piano", "Nawal Sarab"),),
        release_date=date(2026, 4, 19),
        duration_ms=45_000,
        container="wav",
        visibility="private",
    ),
)
