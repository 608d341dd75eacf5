"""The rules for usernames and display names, and what they look like to a reader. Pure rules, no tables."""

import re
import unicodedata

RULE = re.compile(r"[A-Za-z0-9_]{3,30}")
_LOOKS = str.maketrans({"0": "o", "1": "l", "i": "l", "2": "z", "5": "s", "8": "b", "9": "g", "_": None})
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_LEET = str.maketrans({"3": "e", "4": "a", "6": "g", "7": "t"})
_RESERVED = """
about account accounts admin administrator api billing charts contact embed everyone feed genres healthz help here home
library login logout mail media messages metrics moderator moderators music notifications oembed official owner password
postmaster privacy readyz root rules screen search security settings share signup soundstage staff static studio
styleguide support system tags takedown terms transparency upload uploads voice webhooks webmaster
"""
_HOUSE = (
    "admins administrators administration administrator admin moderators moderator moderation mods soundstage official "
    "support"
)
_HOUSE_FILL = "staff teams team helpdesk help security service system root mod the our real of at"
_HOUSE_ALONE = "admin admins administrator administrators moderator moderators soundstage"
_PILE = re.compile("[\u0300-\u036f\u0489\u20d0-\u20ff]{4}")
"""More marks on one letter than any orthography has."""
_JOINERS = "\u200c\u200d"
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters by their class, and blank to the eye."""
_SEALS = frozenset("✓✔☑✅🛡🔰🎖")
_LOOK_ALIKES = """
аa еe оo рp сc уy хx іi ѕs јj һh кk мm тt вb ԁd ԛq ԝw ɡg αa οo ιi νv ρp τt υu κk ɩi ɑa ոn ӏl Ӏl
Αa Βb Εe Ζz Ηh Ιi Κk Μm Νn Οo Ρp Τt Υy Χx Аa Вb Еe Кk Мm Нh Оo Рp Сc Тt Ѕs Іi Јj Хx Ԁd Ԛq Ԝw
"""
_LATIN = str.maketrans({pair[0]: pair[1] for pair in _LOOK_ALIKES.split()})
"""Letters of other scripts that a reader takes for Latin ones; after Unicode's confusables."""


def username_key(username: str) -> str:
    """``username`` as a hurried reader sees it: no case, no underscores, look-alikes as one letter.

    0 is o, 1 and i are l, 2 is z, 5 is s, 8 is b, 9 is g; rn is m, vv is w, cl is d. 6 stays itself: as b or g it
    would make two years of birth one name. Two names with the same key are one name. Unicode's confusables need not be
    asked: names are ASCII.
    """
    key = username.lower().translate(_LOOKS)
    for pair, letter in _PAIRS:
        key = key.replace(pair, letter)
    return key


def username_keys(username: str) -> tuple[str, str]:
    """Under which keys the person of this name may be kept.

    The second is for those whose name came to look like an elder's when the rule was changed: they keep it.
    """
    return username_key(username), f"={username.lower()}"


RESERVED_KEYS = frozenset(username_key(name) for name in _RESERVED.split())


def suggested_username(name: str) -> str:
    """What someone of this name, or with this address, might like to be called here; "" where nothing comes of it."""
    plain = unicodedata.normalize("NFKD", name.partition("@")[0]).encode("ascii", "ignore").decode()
    found = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")[:30].strip("_")
    return found if RULE.fullmatch(found) else ""


_HOUSE_KEYS = frozenset(username_key(word) for word in _HOUSE.split())
_STAFF = re.compile(f"(?:{'|'.join(username_key(word) for word in (_HOUSE + ' ' + _HOUSE_FILL).split())})+")


def is_reserved(username: str) -> bool:
    """Whether a username is one of the house's own words, reads like one (4dm1n), or is made up of them."""
    keys = {username_key(username), username_key(username.translate(_LEET))}
    return bool(keys & RESERVED_KEYS) or _is_made_of_house_words(username)


def _is_made_of_house_words(name: str) -> bool:
    bare = re.sub(r"[0-9_]+$", "", name)
    return any(
        bool(_STAFF.fullmatch(key)) and any(word in key for word in _HOUSE_KEYS)
        for key in (username_key(bare), username_key(bare.translate(_LEET)))
    )


def find_fault_of_display_name(name: str, *, is_staff: bool = False) -> str | None:
    """What is wrong with a display name, as a sentence; None where nothing is.

    Any script is welcome. Refused is what nobody can see, what turns text round or piles up, and what makes people
    believe that they hear from those who run the place.
    """
    if any(_is_unseen(name, at) for at in range(len(name))):
        return "That name has characters in it that nobody can see. Type it anew."
    if not any(unicodedata.category(letter)[0] in "LNPS" for letter in name):
        return "A name needs something that one can see."
    if _PILE.search(unicodedata.normalize("NFD", name)):
        return "That name has too many marks on one letter."
    if not is_staff and (any(letter in _SEALS for letter in name) or _sounds_like_staff(name)):
        return "That name could be taken for the people who run this place. Pick another."
    return None


def _is_unseen(name: str, at: int) -> bool:
    """Whether the character at ``at`` is a control, a format mark or a blank where no script needs it."""
    letter = name[at]
    if letter in _JOINERS:  # Persian and Indic scripts and emoji need them between two of theirs
        around = (name[at - 1] if at else "", name[at + 1] if at + 1 < len(name) else "")
        return any(not one or one in _JOINERS or one.isascii() for one in around)
    return letter in _BLANKS or unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def _sounds_like_staff(name: str) -> bool:
    plain = unicodedata.normalize("NFKD", name).translate(_LATIN)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    words = [username_key(word.translate(leet)) for word in re.findall(r"\w+", plain) for leet in ({}, _LEET)]
    alone = {username_key(word) for word in _HOUSE_ALONE.split()}
    joined = re.sub(r"\W+", "", plain)
    return any(word in alone for word in words) or _is_made_of_house_words(joined) or username_key(joined) in alone
