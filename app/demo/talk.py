"""What the demo's people said and did: who follows whom, what they like, collect, write and answer.

Moments are shares of a work's length, so that they hold whatever length it is rendered in.
"""

from dataclasses import dataclass

FOLLOWS: dict[str, tuple[str, ...]] = {
    "front_row": ("kessel_nord", "nawal_sarab", "lantern_and_moth", "night_desk", "slow_walker"),
    "slow_walker": ("nawal_sarab", "night_desk", "front_row"),
    "basement_tapes": ("kessel_nord", "night_desk", "front_row"),
    "kessel_nord": ("nawal_sarab", "night_desk"),
    "nawal_sarab": ("kessel_nord", "lantern_and_moth", "night_desk"),
    "lantern_and_moth": ("nawal_sarab", "kessel_nord"),
    "night_desk": ("kessel_nord", "nawal_sarab", "lantern_and_moth"),
    "stage_manager": ("kessel_nord", "nawal_sarab", "lantern_and_moth", "night_desk"),
    "front_of_house": ("lantern_and_moth", "night_desk"),
}

LIKES: dict[str, tuple[str, ...]] = {
    "front_row": ("gueterzugverspaetungsnachtschicht", "slow-water", "the-keepers-interval", "six-kinds-of-rain"),
    "slow_walker": ("slow-water", "sketch-for-k-window-open", "six-kinds-of-rain", "ink-remembers-water"),
    "basement_tapes": ("gueterzugverspaetungsnachtschicht", "insert-coin", "numbers-for-the-night-bus"),
    "kessel_nord": ("slow-water", "numbers-for-the-night-bus"),
    "nawal_sarab": ("six-kinds-of-rain", "ink-remembers-water", "insert-coin"),
    "lantern_and_moth": ("slow-water", "letter-to-a-lift-operator"),
    "night_desk": ("gueterzugverspaetungsnachtschicht", "the-keepers-interval"),
    "stage_manager": ("kitchen-radio-two-in-the-morning", "a-small-word"),
}

REPOSTS: dict[str, tuple[tuple[str, str], ...]] = {
    "night_desk": (("slow-water", "For those who are still up. Play it before the window, not after."),),
    "nawal_sarab": (("ink-remembers-water", ""),),
    "kessel_nord": (("numbers-for-the-night-bus", "The only timetable that we trust."),),
}


@dataclass(frozen=True)
class Said:
    """A comment: on which work, by whom, at which share of it (None for none), and who answered what."""

    work: str
    by: str
    words: str
    at: float | None = None
    answers: tuple[tuple[str, str], ...] = ()
    liked_by: tuple[str, ...] = ()


COMMENTS: tuple[Said, ...] = (
    Said(
        "gueterzugverspaetungsnachtschicht",
        "front_row",
        "this drop!",
        0.42,
        answers=(
            ("kessel_nord", "One take. Meike hit the kettle with her elbow, and we kept it."),
            ("basement_tapes", "@kessel_nord the elbow is the best part"),
        ),
        liked_by=("basement_tapes", "slow_walker", "kessel_nord"),
    ),
    Said("gueterzugverspaetungsnachtschicht", "basement_tapes", "bassline walks in like it owns the yard", 0.12),
    Said("gueterzugverspaetungsnachtschicht", "night_desk", "... .- -- .", 0.71, liked_by=("front_row",)),
    Said("gueterzugverspaetungsnachtschicht", "slow_walker", "I missed my stop because of this.", None),
    Said(
        "slow-water",
        "slow_walker",
        "You can hear the pedal being let go here. Beautiful.",
        0.33,
        answers=(("nawal_sarab", "شكراً. It squeaks; I have stopped fighting it."),),
        liked_by=("front_row", "night_desk"),
    ),
    Said(
        "slow-water", "kessel_nord", "We slowed a train down to this tempo. It liked it.", 0.64, liked_by=("front_row",)
    ),
    Said(
        "slow-water",
        "front_row",
        "Is there a score of this?",
        None,
        answers=(("nawal_sarab", "On my page, free to print."),),
    ),
    Said(
        "the-keepers-interval",
        "front_row",
        "the light turning off and on as punctuation",
        0.5,
        liked_by=("night_desk",),
    ),
    Said(
        "the-keepers-interval",
        "nawal_sarab",
        "Who made the sound of the door?",
        0.22,
        answers=(("lantern_and_moth", "A biscuit tin. We ate the biscuits first."),),
    ),
    Said("six-kinds-of-rain", "slow_walker", "third kind, definitely", 0.45, liked_by=("nawal_sarab", "front_row")),
    Said("insert-coin", "basement_tapes", "level two!!", 0.55),
)


@dataclass(frozen=True)
class Collected:
    """A set: whose, what it is called and what is in it, each work with a note."""

    by: str
    title: str
    kind: str
    description: str
    works: tuple[tuple[str, str], ...]


SETS: tuple[Collected, ...] = (
    Collected(
        "front_row",
        "Last train, window seat",
        "playlist",
        "For the forty minutes after the venue lets you out. *Headphones, please.*",
        (
            ("slow-water", "begin here"),
            ("gueterzugverspaetungsnachtschicht", ""),
            ("six-kinds-of-rain", "between stations"),
            ("letter-to-a-lift-operator", ""),
            ("numbers-for-the-night-bus", "get off before it ends"),
        ),
    ),
    Collected(
        "nawal_sarab",
        "Rooms",
        "ep",
        "Four rooms that somebody has just left.",
        (
            ("slow-water", ""),
            ("kitchen-radio-two-in-the-morning", ""),
            ("letter-to-a-lift-operator", ""),
            ("sketch-for-k-window-open", ""),
        ),
    ),
    Collected(
        "lantern_and_moth",
        "Under a minute",
        "series",
        "Everything that fits while the kettle is on.",
        (
            ("the-keepers-interval", ""),
            ("seven-ridges-one-take", ""),
            ("a-small-word", ""),
            ("ink-remembers-water", ""),
        ),
    ),
)


@dataclass(frozen=True)
class Written:
    """A post: by whom, what it says, the answers of its poll and who chose which, the work that goes with it."""

    by: str
    words: str
    answers: tuple[str, ...] = ()
    votes: tuple[tuple[str, int], ...] = ()
    work: str = ""


POSTS: tuple[Written, ...] = (
    Written(
        "nawal_sarab",
        "The piano tuner cancelled, so the next record is in **whatever key this is**.",
        work="slow-water",
    ),
    Written(
        "night_desk",
        "We have one hour of tape left. What should go on it?",
        answers=("More rain", "Numbers, slower", "Nothing, and the hiss"),
        votes=(("front_row", 0), ("slow_walker", 2), ("kessel_nord", 1), ("nawal_sarab", 2)),
    ),
    Written("lantern_and_moth", "Storyboard for the next one is forty-one drawings of a spoon. We are very happy."),
)

MESSAGES: tuple[tuple[str, str, str], ...] = (
    ("front_row", "slow_walker", "You have to hear what @nawal_sarab put out. Start at the pedal."),
    ("slow_walker", "front_row", "I already commented on the pedal."),
    ("front_row", "slow_walker", "Of course you did."),
)
"""Who wrote to whom, in their order."""
