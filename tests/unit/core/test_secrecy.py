"""What is sealed opens with its key, for its owner and its purpose, and unchanged; else not at all."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from flask import Flask

from app.core import secrecy
from app.core.secrecy import Unreadable

OWNER, PURPOSE = b"o" * 16, b"authenticator"


@pytest.fixture(autouse=True)
def context() -> Iterator[None]:
    app = Flask(__name__)
    app.config["SETTINGS"] = SimpleNamespace(secret_key="k" * 40)
    with app.app_context():
        yield


def test_nobody_changes_a_bit_of_what_is_sealed() -> None:
    sealed = secrecy.seal(b"words", purpose=PURPOSE, owner=OWNER)
    assert secrecy.unseal(sealed, purpose=PURPOSE, owner=OWNER) == b"words"
    for place in range(len(sealed)):
        changed = bytes(byte ^ (place == at) for at, byte in enumerate(sealed))
        with pytest.raises(Unreadable):
            secrecy.unseal(changed, purpose=PURPOSE, owner=OWNER)


def test_it_opens_for_its_owner_and_its_purpose_alone() -> None:
    sealed = secrecy.seal(b"words", purpose=PURPOSE, owner=OWNER)
    for purpose, owner in ((b"else", OWNER), (PURPOSE, b"p" * 16)):
        with pytest.raises(Unreadable):
            secrecy.unseal(sealed, purpose=purpose, owner=owner)
    with pytest.raises(Unreadable):
        secrecy.unseal(sealed, purpose=PURPOSE, owner=OWNER, secret_key="another")


def test_what_is_sealed_twice_looks_like_two_things() -> None:
    both = {secrecy.seal(b"words", purpose=PURPOSE, owner=OWNER) for _ in range(2)}
    assert len(both) == len({sealed[: secrecy.NONCE_BYTES] for sealed in both}) == 2
