"""The rule for usernames, and what they look like to a reader. Pure rules, no tables."""

import re
import unicodedata

RULE = re.compile(r"[A-Za-z0-9_]{3,30}")
_LOOKS = str.maketrans({"0": "o", "1": "l", "i": "l", "5": "s", "2": "z", "_": None})
_RESERVED = """
about account accounts admin administrator api billing charts contact embed everyone feed genres healthz help here home
library login logout mail media messages metrics moderator moderators music notifications oembed official owner password
postmaster privacy readyz root rules screen search security settings share signup soundstage staff static studio
styleguide support system tags takedown terms transparency upload uploads voice webhooks webmaster
"""


def username_key(username: str) -> str:
    """``username`` as a hurried reader sees it: no case, no underscores, 0 like o, 1 and i like l, rn like m.

    Two names with the same key are one name. Unicode's confusables need not be asked: names are ASCII.
    """
    return username.lower().translate(_LOOKS).replace("rn", "m").replace("vv", "w")


RESERVED_KEYS = frozenset(username_key(name) for name in _RESERVED.split())


def suggested_username(name: str) -> str:
    """What someone of this name, or with this address, might like to be called here; "" where nothing comes of it."""
    plain = unicodedata.normalize("NFKD", name.partition("@")[0]).encode("ascii", "ignore").decode()
    found = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")[:30].strip("_")
    return found if RULE.fullmatch(found) else ""
