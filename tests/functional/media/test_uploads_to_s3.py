"""Uploads to a bucket that checks what it is sent, and one that does not say what it did; everything encrypted."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.storage.s3 import S3Storage
from app.media.models import Medium, Task
from config import MIB, Settings
from tests.functional.media.conftest import BUCKET
from tests.functional.media.uploader import Uploader, cut, put, wav
from tests.harness.s3_front import Mood, S3Front

DATA = wav(5 * MIB + 1234)


@pytest.fixture
def front(s3_endpoint: str, bucket: Any) -> Iterator[S3Front]:
    assert bucket
    with S3Front(s3_endpoint) as front:
        yield front


@pytest.fixture
def settings(settings: Settings, front: S3Front) -> Settings:
    return dataclasses.replace(
        settings, s3_bucket=BUCKET, s3_endpoint_url=front.url, s3_sse="AES256", part_size_bytes=5 * MIB
    )


@pytest.fixture
def store(app: Flask, front: S3Front) -> S3Storage:
    """With less patience than ours has for a bucket, so that a test need not have it either."""
    store: S3Storage = app.extensions["storage"]
    config = Config(
        signature_version="s3v4",
        read_timeout=1,
        retries={"total_max_attempts": 2, "mode": "standard"},
        s3={"addressing_style": "path"},
    )
    store.__dict__["client"] = boto3.client("s3", endpoint_url=front.url, config=config)
    return store


def sent(ana: Uploader) -> dict[str, Any]:
    upload = ana.create(DATA)
    ana.send(upload, cut(DATA, upload["part_size_bytes"]))
    return upload


@pytest.mark.parametrize("mood", ["cut", "silent", "broken"])
def test_a_bucket_that_completes_and_does_not_say_so_is_asked_for_the_object(
    ana: Uploader, store: S3Storage, front: S3Front, db_session: Session, mood: Mood
) -> None:
    upload = sent(ana)
    front.moods = [mood] * 2
    answers = [ana.confirm(upload, DATA) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert len({answer.json["medium"]["public_id"] for answer in answers}) == 1
    assert front.seen["complete"] == 2, "tried twice by one confirm, and not by the other"
    (kept,) = store.list_objects("")
    assert store.read_bytes(kept.key) == DATA
    assert store.list_unfinished("") == []
    assert db_session.scalar(select(func.count()).select_from(Medium)) == 1
    assert db_session.scalar(select(func.count()).select_from(Task)) == 1


def test_a_bucket_that_fails_to_complete_is_asked_again_by_the_next_confirm(
    ana: Uploader, store: S3Storage, front: S3Front, db_session: Session
) -> None:
    upload = sent(ana)
    front.moods = ["failing"] * 2
    refused = ana.confirm(upload, DATA)
    assert (refused.status_code, db_session.scalar(select(func.count()).select_from(Medium))) == (503, 0)
    assert "taking a break" in refused.json["error"]
    assert ana.confirm(upload, DATA).status_code == 200
    (kept,) = store.list_objects("")
    assert store.read_bytes(kept.key) == DATA


def test_a_bucket_that_checks_refuses_the_part_that_changed_and_no_other(ana: Uploader, store: S3Storage) -> None:
    upload = ana.create(DATA)
    parts = cut(DATA, upload["part_size_bytes"])
    first, second = ana.tickets(upload, parts)
    assert put(ana.browser, second, parts[2]) == 200
    assert put(ana.browser, first, bytes([parts[1][0] ^ 4]) + parts[1][1:]) == 400
    assert [part["number"] for part in ana.ask(upload["url"], method="GET").json["parts"]] == [2]
    assert put(ana.browser, first, parts[1]) == 200
    assert ana.confirm(upload, DATA).status_code == 200
    assert store.list_unfinished("") == []


def test_everything_that_is_written_is_encrypted_as_the_operator_says(
    ana: Uploader, store: S3Storage, bucket: Any, tmp_path: Path
) -> None:
    upload = sent(ana)
    assert ana.confirm(upload, DATA).status_code == 200
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(b"small")
    large.write_bytes(bytes(9 * MIB))
    store.put_bytes("media/bytes", b"data", content_type="text/plain")
    store.put_file("media/small", small, content_type="text/plain")
    store.put_file("media/large", large, content_type="text/plain")
    store.copy_prefix("media/", "other/")
    keys = [one.key for one in store.list_objects("")]
    assert len(keys) == 7
    heads = [bucket.head_object(Bucket=BUCKET, Key=key) for key in keys]
    assert {head.get("ServerSideEncryption") for head in heads} == {"AES256"}
