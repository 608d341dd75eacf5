"""The same, where every byte lies in a bucket."""

import dataclasses
from typing import Any

import pytest
from flask import Flask

from app.media.models import (
    MediumState,
)
from app.media.services.tasks import MOST_ATTEMPTS
from config import Settings
from tests.functional.media import recordings
from tests.functional.media.conftest import BUCKET
from tests.functional.media.studio import Studio, decoded_frames, served
from tests.functional.media.workers import SONG, due_now


class TestOnS3:
    """The same, where every byte lies in a bucket."""

    @pytest.fixture
    def settings(self, settings: Settings, s3_endpoint: str, bucket: Any) -> Settings:  # noqa: ARG002 - an empty one
        return dataclasses.replace(settings, s3_bucket=BUCKET, s3_endpoint_url=s3_endpoint)

    def test_a_film_is_made_and_plays_from_the_bucket(self, studio: Studio, app: Flask) -> None:
        public_id = studio.upload(recordings.two_chunk_film())
        studio.uploader.browser.submit(f"/studio/media/{public_id}/publish")
        studio.settle()
        assert studio.medium(public_id).state is MediumState.READY
        assert studio.leftovers() == [], "neither scratch folders nor the fetched original"
        said = studio.playback(public_id)
        answer = studio.uploader.browser.get(said["progressive"])
        assert answer.status_code == 302
        with served(app) as address:
            assert len(decoded_frames(address + said["hls"], "0:v:0")) == recordings.FILM_FRAMES

    def test_a_bucket_that_lost_the_original_fails_the_task_not_the_worker(self, studio: Studio, bucket: Any) -> None:
        public_id = studio.upload(SONG("mp3"))
        bucket.delete_object(Bucket=BUCKET, Key=studio.version(public_id).original_key)
        for _ in range(MOST_ATTEMPTS):
            assert studio.step()
            due_now(studio)
        assert studio.medium(public_id).state is MediumState.FAILED
        assert studio.leftovers() == []
