"""The doorbell: jobs carry names and ids in JSON; a lost ring is no error where the truth stands in a table."""

import json
import zlib

import pytest
from flask import Flask

from app.core.embedded.ports import free_port
from app.core.queue import DEFAULT, JOB_SECONDS, MEDIA, DoorbellLost, queue, redis, ring, ring_surely
from tests.harness.kinds import MakeApp


def test_a_job_is_a_name_and_ids(app: Flask) -> None:
    with app.app_context():
        ring(MEDIA, "app.media.jobs.work_on_media")
        ring(DEFAULT, "app.core.pictures.delete_files", "pictures/x/")
        (job_id,) = queue(DEFAULT).job_ids
        kept = redis().hget(f"rq:job:{job_id}", "data")
        assert isinstance(kept, bytes)
        assert json.loads(zlib.decompress(kept)) == ["app.core.pictures.delete_files", None, ["pictures/x/"], {}]
        assert queue(MEDIA).count == 1
        (job,) = queue(MEDIA).jobs
        assert job.timeout == JOB_SECONDS[MEDIA]


def test_without_redis_a_ring_is_lost_quietly_where_somebody_will_look_anyway(make_app: MakeApp) -> None:
    with make_app(redis_url=f"redis://127.0.0.1:{free_port()}/0").app_context():
        ring(MEDIA, "app.media.jobs.work_on_media")


def test_without_redis_a_ring_that_nobody_repeats_is_told(make_app: MakeApp) -> None:
    with make_app(redis_url=f"redis://127.0.0.1:{free_port()}/0").app_context(), pytest.raises(DoorbellLost):
        ring_surely(DEFAULT, "app.accounts.jobs.mail_link", "x")
