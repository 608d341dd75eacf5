"""Upkeep of storage: what is walked through, deleted to the letter, and moved to a colder place; on disk and on S3."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.core.storage import Storage
from app.core.storage.local import LocalStorage
from app.core.storage.s3 import S3Storage


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    if request.param == "local":
        yield LocalStorage(tmp_path / "media", secret_key="s", cold_root=tmp_path / "cold")
        return
    settings = request.getfixturevalue("s3_settings")
    storage = S3Storage(bucket=settings.s3_bucket, endpoint_url=settings.s3_endpoint_url, cold_class="STANDARD_IA")
    yield storage
    storage.client.close()


@pytest.fixture
def archive(s3_settings: Any) -> Iterator[S3Storage]:
    storage = S3Storage(
        bucket=s3_settings.s3_bucket, endpoint_url=s3_settings.s3_endpoint_url, cold_class="DEEP_ARCHIVE"
    )
    yield storage
    storage.client.close()


def test_names_are_walked_one_level_deep_and_objects_all_the_way(store: Storage) -> None:
    for key in ("media/a/1", "media/a/2", "media/b/1", "originals/x"):
        store.put_bytes(key, b"abc", content_type="")
    assert sorted(store.walk_names("media/")) == ["media/a/", "media/b/"]
    assert list(store.walk_names("originals/")) == ["originals/x"]
    assert list(store.walk_names("pictures/")) == []
    found = list(store.walk_objects("media/a/"))
    assert sorted((one.key, one.size_bytes) for one in found) == [("media/a/1", 3), ("media/a/2", 3)]
    assert all(abs(datetime.now(UTC) - one.changed_at) < timedelta(minutes=1) for one in found)


def test_a_copy_by_a_link_is_as_young_as_the_link(tmp_path: Path) -> None:
    disk = LocalStorage(tmp_path / "media", secret_key="s")
    disk.put_bytes("media/a/1", b"abc", content_type="")
    os.utime(tmp_path / "media/media/a/1", (1, 1))
    disk.copy_prefix("media/a/", "media/b/")
    (copy,) = disk.walk_objects("media/b/")
    assert datetime.now(UTC) - copy.changed_at < timedelta(minutes=1)


def test_only_what_was_named_is_deleted(store: Storage) -> None:
    for key in ("media/a/1", "media/a/12", "media/a/2"):
        store.put_bytes(key, b"abc", content_type="")
    store.delete_exactly(["media/a/1", "media/a/none"])
    store.delete_exactly(["media/a/1"])
    assert sorted(one.key for one in store.list_objects("media/")) == ["media/a/12", "media/a/2"]


def test_an_object_goes_to_the_colder_place_and_back_and_is_read_all_the_while(store: Storage) -> None:
    assert store.has_cold_place
    store.put_bytes("originals/x", b"the master", content_type="")
    for cold in (True, False, True):
        for _ in range(2):  # cut half-way and run again
            if cold:
                store.chill("originals/x")
            else:
                assert store.thaw("originals/x")
            assert (store.read_bytes("originals/x"), store.size_bytes("originals/x")) == (b"the master", 10)
        for _ in range(2):
            store.keep_only("originals/x", cold=cold)
            assert store.read_bytes("originals/x", start=4) == b"master"
        assert store.is_at_hand("originals/x")
        places = [*store.walk_objects("originals/"), *store.walk_cold("originals/")]
        assert [one.cold for one in places] == [cold]
    store.delete_prefix("originals/x")
    assert store.size_bytes("originals/x") is None
    assert [*store.walk_objects("originals/"), *store.walk_cold("originals/")] == []
    assert not store.is_at_hand("originals/x")
    with pytest.raises(FileNotFoundError):
        store.thaw("originals/x")
    with pytest.raises(FileNotFoundError):
        store.chill("originals/x")


def test_a_copy_that_was_cut_short_does_not_cost_the_whole_one(tmp_path: Path) -> None:
    disk = LocalStorage(tmp_path / "media", secret_key="s", cold_root=tmp_path / "cold")
    disk.put_bytes("originals/x", b"the master", content_type="")
    (tmp_path / "cold/originals").mkdir(parents=True)
    (tmp_path / "cold/originals/x").write_bytes(b"the ma")
    for cold in (True, False):
        disk.keep_only("originals/x", cold=cold)
    assert (disk.read_bytes("originals/x"), (tmp_path / "cold/originals/x").exists()) == (b"the master", True)


def test_an_archive_is_asked_and_what_it_restored_comes_back(archive: S3Storage) -> None:
    archive.put_bytes("originals/x", b"the master", content_type="")
    archive.chill("originals/x")
    assert not archive.is_at_hand("originals/x")
    assert not archive.thaw("originals/x"), "it was only asked for"
    asked = archive.client.head_object(Bucket=archive.bucket, Key="originals/x")
    assert "ongoing-request" in asked["Restore"]
    assert archive.thaw("originals/x") or archive.thaw("originals/x")
    assert archive.is_at_hand("originals/x")
    assert archive.read_bytes("originals/x") == b"the master"
    (one,) = archive.walk_objects("originals/")
    assert not one.cold


def test_without_a_colder_place_nothing_moves(tmp_path: Path) -> None:
    disk = LocalStorage(tmp_path / "media", secret_key="s")
    disk.put_bytes("originals/x", b"the master", content_type="")
    disk.chill("originals/x")
    assert not disk.has_cold_place
    assert list(disk.walk_cold("originals/")) == []
    assert [one.key for one in disk.walk_objects("originals/")] == ["originals/x"]
