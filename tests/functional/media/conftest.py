"""What tests of media share: a bucket that is emptied, an uploader that speaks the protocol as the browser does."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts.models import User
from config import Settings
from tests.factories.people import PASSWORD
from tests.functional.media.studio import Studio
from tests.functional.media.uploader import Uploader
from tests.harness.browser import Browser
from tests.harness.web_process import WebProcess, environ_of
from tests.harness.wire_uploader import Login, log_in

AWS = {
    "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}  # fmt: skip
BUCKET = "soundstage-media-tests"


@pytest.fixture(scope="session")
def kept_bucket(s3_endpoint: str) -> Iterator[Any]:
    """One bucket for all: an application whose settings do not change is made once. ``bucket`` empties it."""
    import boto3  # noqa: PLC0415 - a third of a second, for the tests that need it

    with pytest.MonkeyPatch.context() as patch:
        for name, value in AWS.items():
            patch.setenv(name, value)
        client = boto3.client("s3", endpoint_url=s3_endpoint)
        client.create_bucket(Bucket=BUCKET)
        yield client
        client.close()


@pytest.fixture
def bucket(kept_bucket: Any) -> Any:
    """boto3's client of moto's S3 server; the bucket ``BUCKET`` is empty."""
    for item in kept_bucket.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        kept_bucket.delete_object(Bucket=BUCKET, Key=item["Key"])
    for upload in kept_bucket.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []):
        kept_bucket.abort_multipart_upload(Bucket=BUCKET, Key=upload["Key"], UploadId=upload["UploadId"])
    return kept_bucket


@pytest.fixture
def uploader_of(login: Callable[..., Browser], client: Browser) -> Callable[..., Uploader]:
    """``uploader_of(person)``: logged in, in a browser of its own."""

    def make(person: User) -> Uploader:
        return Uploader(login(client.application.test_client(), person))

    return make


@pytest.fixture
def artist(make_person: Callable[..., User]) -> User:
    """Ana, who has a channel."""
    return make_person(role="artist", username="ana", display_name="Ana Lindqvist")


@pytest.fixture
def ana(artist: User, uploader_of: Callable[..., Uploader]) -> Uploader:
    """Ana's browser."""
    return uploader_of(artist)


@pytest.fixture
def studio(app: Flask, db_session: Session, ana: Uploader) -> Studio:
    """What Ana uploads is made here, task by task or at once."""
    return Studio(app, db_session, ana)


@pytest.fixture(scope="session")
def kept_web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebProcess]:
    """A web process that is started by whoever asks for ``web`` first, and serves until the end."""
    web = WebProcess(tmp_path_factory.mktemp("web"))
    yield web
    web.stop()


@pytest.fixture
def web(settings: Settings, kept_web: WebProcess) -> WebProcess:
    """The web process on the database, the Redis and the disk of ``app``."""
    if not kept_web.is_running:
        kept_web.start(environ_of(settings))
    return kept_web


@pytest.fixture
def wire_login(web: WebProcess, artist: User) -> Login:
    """Ana's session with ``web``."""
    return log_in(web.url, artist.username, PASSWORD)
