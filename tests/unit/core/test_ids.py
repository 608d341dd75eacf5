"""Identifiers."""

import time
from concurrent.futures import ThreadPoolExecutor
from uuid import RFC_4122

from app.core.ids import BASE58, public_id, secret, uuid7


def test_uuids_are_of_version_7_and_sort_by_time() -> None:
    first = uuid7()
    time.sleep(0.002)
    second = uuid7()
    assert first < second
    assert (first.version, first.variant) == (7, RFC_4122)
    assert abs((first.int >> 80) / 1000 - time.time()) < 5


def test_uuids_of_one_process_are_in_the_order_in_which_it_made_them() -> None:
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: [uuid7() for _ in range(5000)], range(4)))
    assert all(some == sorted(some) for some in made)
    assert len({one for some in made for one in some}) == 20_000
    assert {(one.version, one.variant) for some in made for one in some} == {(7, RFC_4122)}


def test_public_ids_have_no_letters_that_look_alike() -> None:
    ids = {public_id() for _ in range(200)}
    assert len(ids) == 200
    assert {len(one) for one in ids} == {11}
    assert set("".join(ids)) <= set(BASE58)
    assert not set("0OIl") & set(BASE58)


def test_secrets_hold_128_bits_and_fit_an_address() -> None:
    assert len(secret()) == 22
    assert secret() != secret()
