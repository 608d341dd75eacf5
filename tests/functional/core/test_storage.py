"""Storage: local disk and S3 keep the same promises."""

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.errors import NotFound, StorageFull
from app.core.storage import Part, PartMismatch, Storage, composite_sha256
from app.core.storage.local import LocalStorage
from app.core.storage.s3 import S3Storage

MIB = 1024 * 1024


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    if request.param == "local":
        yield LocalStorage(tmp_path / "media", secret_key="s")
        return
    settings = request.getfixturevalue("s3_settings")
    storage = S3Storage(bucket=settings.s3_bucket, endpoint_url=settings.s3_endpoint_url)
    yield storage
    storage.client.close()


@pytest.fixture
def disk(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "media", secret_key="s")


def sha256_of(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def told(pieces: list[bytes]) -> list[list[str]]:
    """What a storage may say of the checksums of its parts: moto, unlike AWS, says nothing."""
    return [[sha256_of(piece) for piece in pieces], ["" for _ in pieces]]


def send(store: Storage, key: str, multipart_id: str, number: int, data: bytes) -> Part:
    ticket = store.part_ticket(key, multipart_id, number=number, sha256=sha256_of(data), size_bytes=len(data))
    return store.send_part(ticket, data)


def test_what_was_put_is_read_whole_and_in_pieces(store: Storage, tmp_path: Path) -> None:
    store.put_bytes("a/one.bin", b"0123456789", content_type="application/octet-stream")
    path = tmp_path / "file"
    path.write_bytes(b"from a file")
    store.put_file("a/two.bin", path, content_type="application/octet-stream")
    assert store.read_bytes("a/one.bin") == b"0123456789"
    assert store.read_bytes("a/one.bin", start=3, length=4) == b"3456"
    assert store.read_bytes("a/one.bin", start=7) == b"789"
    assert store.read_bytes("a/two.bin") == b"from a file"
    with store.open("a/two.bin") as stream:
        assert stream.read() == b"from a file"
    assert (store.size_bytes("a/one.bin"), store.size_bytes("a/none.bin")) == (10, None)
    store.check()


def test_what_is_not_there_is_told(store: Storage) -> None:
    with pytest.raises(FileNotFoundError):
        store.read_bytes("nothing/here")
    with pytest.raises(FileNotFoundError):
        store.open("nothing/here").close()


def test_an_object_put_again_is_replaced(store: Storage) -> None:
    for data in (b"first, longer", b"second"):
        store.put_bytes("x/y", data, content_type="text/plain")
    assert store.read_bytes("x/y") == b"second"


def test_prefixes_are_listed_copied_and_deleted(store: Storage) -> None:
    for key in ("media/a/1", "media/a/sub/2", "media/ab/3", "other/4"):
        store.put_bytes(key, key.encode(), content_type="")
    assert {one.key: one.size_bytes for one in store.list_objects("media/a/")} == {"media/a/1": 9, "media/a/sub/2": 13}
    store.copy_prefix("media/a/", "media/new/")
    store.delete_prefix("media/a/")
    assert store.list_objects("media/a/") == []
    assert store.read_bytes("media/new/sub/2") == b"media/a/sub/2"
    assert store.size_bytes("media/ab/3") == 10
    store.delete_prefix("media/a/")
    store.delete_prefix("other/4")
    assert store.size_bytes("other/4") is None
    assert store.list_objects("never/") == []


def test_a_file_arrives_in_parts_in_any_order(store: Storage) -> None:
    first, second = b"a" * (5 * MIB), b"the end"
    multipart_id = store.create_multipart("originals/x", content_type="")
    send(store, "originals/x", multipart_id, 2, second)
    assert store.size_bytes("originals/x") is None
    send(store, "originals/x", multipart_id, 1, first)
    send(store, "originals/x", multipart_id, 2, second)
    parts = store.list_parts("originals/x", multipart_id)
    assert [(part.number, part.size_bytes) for part in parts] == [(1, len(first)), (2, len(second))]
    assert [part.sha256 for part in parts] in told([first, second])
    store.complete_multipart("originals/x", multipart_id, parts)
    store.complete_multipart("originals/x", multipart_id, parts)
    assert store.read_bytes("originals/x") == first + second


def test_a_part_sent_again_with_other_bytes_takes_the_place_of_the_first(store: Storage) -> None:
    multipart_id = store.create_multipart("originals/x", content_type="")
    send(store, "originals/x", multipart_id, 1, b"old")
    send(store, "originals/x", multipart_id, 1, b"new!")
    (part,) = store.list_parts("originals/x", multipart_id)
    assert part.size_bytes == 4
    assert [part.sha256] in told([b"new!"])


def test_an_upload_that_was_given_up_leaves_nothing(store: Storage) -> None:
    multipart_id = store.create_multipart("originals/x", content_type="")
    send(store, "originals/x", multipart_id, 1, b"data")
    store.abort_multipart("originals/x", multipart_id)
    store.abort_multipart("originals/x", multipart_id)
    assert store.list_parts("originals/x", multipart_id) == []
    assert store.size_bytes("originals/x") is None


def test_the_checksum_of_a_whole_is_that_of_its_parts_digests_in_order() -> None:
    parts = [Part(number=2, size_bytes=1, sha256=sha256_of(b"b")), Part(number=1, size_bytes=1, sha256=sha256_of(b"a"))]
    digests = hashlib.sha256(b"a").digest() + hashlib.sha256(b"b").digest()
    assert composite_sha256(parts) == sha256_of(digests)


@pytest.mark.parametrize("sent", [b"dat", b"datas", b"DATA", b""], ids=["short", "long", "other", "none"])
def test_bytes_that_are_not_those_promised_are_not_kept(disk: LocalStorage, sent: bytes) -> None:
    multipart_id = disk.create_multipart("o/x", content_type="")
    ticket = disk.part_ticket("o/x", multipart_id, number=1, sha256=sha256_of(b"data"), size_bytes=4)
    with pytest.raises(PartMismatch):
        disk.send_part(ticket, sent)
    assert disk.list_parts("o/x", multipart_id) == []
    assert list((disk.parts_root / multipart_id).iterdir()) == []


def test_a_ticket_is_good_for_its_part_alone(disk: LocalStorage) -> None:
    multipart_id = disk.create_multipart("o/x", content_type="")
    ticket = disk.part_ticket("o/x", multipart_id, number=1, sha256=sha256_of(b"data"), size_bytes=4)
    token = ticket.url.rsplit("/", 1)[1]
    with pytest.raises(NotFound):
        disk.receive_part(token[:-3] + "abc", lambda _size: b"")
    foreign = LocalStorage(disk.root, secret_key="another")
    with pytest.raises(NotFound):
        foreign.receive_part(token, lambda _size: b"")
    disk.abort_multipart("o/x", multipart_id)
    with pytest.raises(NotFound):
        disk.send_part(ticket, b"data")


def test_a_full_disk_refuses_before_it_is_full(tmp_path: Path) -> None:
    full = LocalStorage(tmp_path / "media", secret_key="s", headroom_bytes=1 << 60)
    assert full.free_bytes() == 0
    multipart_id = full.create_multipart("o/x", content_type="")
    with pytest.raises(StorageFull):
        send(full, "o/x", multipart_id, 1, b"data")
    assert list((full.parts_root / multipart_id).iterdir()) == []
    roomy = LocalStorage(tmp_path / "media", secret_key="s")
    part = send(roomy, "o/x", multipart_id, 1, b"data")
    with pytest.raises(StorageFull):
        full.complete_multipart("o/x", multipart_id, [part])
    assert full.size_bytes("o/x") is None
    assert full.list_parts("o/x", multipart_id) == [part]


@pytest.mark.parametrize("key", ["../outside", "a/../../outside", "/etc/passwd"])
def test_no_key_leaves_the_folder(disk: LocalStorage, key: str) -> None:
    with pytest.raises(NotFound):
        disk.put_bytes(key, b"x", content_type="")
    with pytest.raises(NotFound):
        disk.delete_prefix(key)


def test_a_put_that_fails_leaves_the_present_object_whole(disk: LocalStorage, tmp_path: Path) -> None:
    disk.put_bytes("a/b", b"present", content_type="")
    with pytest.raises(FileNotFoundError):
        disk.put_file("a/b", tmp_path / "missing", content_type="")
    assert disk.read_bytes("a/b") == b"present"
    assert [one.key for one in disk.list_objects("a/")] == ["a/b"]
