"""The people of the demo: four artists who do not exist, two who keep the place in order, three who listen."""

from app.demo.shapes import DemoAccount, DemoArtist, DemoLink

ARTISTS: tuple[DemoArtist, ...] = (
    DemoArtist(
        username="kessel_nord",
        display_name="Kessel Nord",
        realm="music",
        location="Duisburg, Germany",
        bio_markdown=(
            "Jonas and Meike, two synthesisers and a **boiler room** that is warm in July as well. They met on "
            "the night "
            "shift of a freight yard and still play at its speed: 122 beats a minute, 40 km/h on curves.\n\n"
            "Everything is recorded in one take, because the second one would be on a Wednesday."
        ),
        links=(
            DemoLink(label="Timetable", url="https://kesselnord.example/fahrplan"),
            DemoLink(label="Bookings", url="https://kesselnord.example/booking"),
        ),
    ),
    DemoArtist(
        username="nawal_sarab",
        display_name="نوال سراب",
        realm="music",
        location="Muscat, Oman / Lyon, France",
        bio_markdown=(
            "Piano, oud, and whatever the neighbours are doing. Nawal Sarab (نوال سراب; *sarab* is a mirage) "
            "writes for rooms "
            "that somebody has just left.\n\n"
            "She tunes the upright herself, twice a year, and keeps the notes that refuse."
        ),
        links=(DemoLink(label="Scores, free to print", url="https://nawalsarab.example/scores"),),
    ),
    DemoArtist(
        username="lantern_and_moth",
        display_name="Lantern & Moth",
        realm="screen",
        location="Porto, Portugal",
        bio_markdown=(
            "A very small animation studio: one draws the light, the other what flies into it. Films under a "
            "minute, because "
            "*the kettle is on*.\n\n"
            "No actor was harmed; none could be afforded."
        ),
        links=(
            DemoLink(label="Studio", url="https://lanternandmoth.example"),
            DemoLink(label="How the lighthouse was cut", url="https://lanternandmoth.example/notes/lighthouse"),
        ),
    ),
    DemoArtist(
        username="night_desk",
        display_name="The Night Desk",
        realm="voice",
        location="Between stations",
        bio_markdown=(
            "Radio for the hours that have no programme. Since the licence forbids us to speak after midnight, "
            "nobody on the "
            "Night Desk says a word: we send **weather, Morse and numbers**, and we caption everything.\n\n"
            "New episodes when it rains."
        ),
        links=(DemoLink(label="Reception reports", url="https://nightdesk.example/qsl"),),
    ),
)
"""The artists, in the order in which a visitor should meet them."""

STAFF: tuple[DemoAccount, ...] = (
    DemoAccount(
        username="stage_manager",
        display_name="Ada Lindqvist",
        role="admin",
        bio_markdown="Runs this installation. If the lights are on, that was her; if they are off, that was planned.",
    ),
    DemoAccount(
        username="front_of_house",
        display_name="Tomás Okafor",
        role="moderator",
        bio_markdown="Reads every report, twice, and answers in whole sentences.",
    ),
)
"""Who works here."""

LISTENERS: tuple[DemoAccount, ...] = (
    DemoAccount(
        username="front_row",
        display_name="Inês Carvalho",
        role="listener",
        bio_markdown="Stands where the bass is. Makes lists of what to hear on the way home.",
    ),
    DemoAccount(
        username="slow_walker",
        display_name="Yūto Hayashi",
        role="listener",
        bio_markdown="One record a walk. Comments on pedals.",
    ),
    DemoAccount(
        username="basement_tapes",
        display_name="Chiara Bellandi",
        role="listener",
        bio_markdown="Two decks, no windows.",
    ),
)
"""Who listens here."""


def get_artist(username: str) -> DemoArtist:
    """The artist of that name.

    Raises:
        KeyError: nobody here is called that.
    """
    for artist in ARTISTS:
        if artist.username == username:
            return artist
    raise KeyError(username)
