"""A bucket as the operator has to set it up: browsers may send to it, and it encrypts."""

import dataclasses
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from flask import Flask

from app.core.findings import Level
from app.core.storage.s3 import encryption_arguments
from app.core.storage.s3_checks import check_bucket_cors, check_bucket_encryption
from config import Settings
from tests.harness.s3_front import S3Front

OURS = "https://stage.example.org"
OTHERS = {"ID": "others", "AllowedOrigins": ["https://other.example.org"], "AllowedMethods": ["PUT"]}


@pytest.fixture
def bucketed(s3_settings: Settings, make_app: Callable[..., Flask]) -> Flask:
    return make_app(dataclasses.replace(s3_settings, public_url=OURS, s3_sse="AES256"))


@pytest.fixture
def client(bucketed: Flask, s3_endpoint: str) -> Any:
    assert bucketed
    return boto3.client("s3", endpoint_url=s3_endpoint)


def settings_of(app: Flask) -> Settings:
    settings: Settings = app.config["SETTINGS"]
    return settings


def cors_level(app: Flask) -> tuple[Level, str]:
    with app.app_context():
        finding = check_bucket_cors(settings_of(app))
    assert finding is not None
    return finding.level, finding.what


def test_a_bucket_that_browsers_may_not_send_to_is_found_and_mended(bucketed: Flask, client: Any) -> None:
    name = settings_of(bucketed).s3_bucket
    client.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": [OTHERS]})
    level, what = cors_level(bucketed)
    assert (level, OURS in what) == (Level.FAIL, True)

    for _ in range(2):
        result = bucketed.test_cli_runner().invoke(args=["storage", "cors"])
        assert (result.exit_code, OURS in result.output) == (0, True), result.output

    assert cors_level(bucketed)[0] is Level.OK
    ours, others = client.get_bucket_cors(Bucket=name)["CORSRules"]
    assert (ours["AllowedOrigins"], ours["AllowedMethods"]) == ([OURS], ["GET", "HEAD", "PUT"])
    assert {"ETag", "x-amz-checksum-sha256"} <= set(ours["ExposeHeaders"])
    assert others["ID"] == "others"


def test_a_rule_that_lets_pages_read_only_or_hides_what_they_need_is_not_enough(bucketed: Flask, client: Any) -> None:
    rule = {"AllowedOrigins": [OURS], "AllowedMethods": ["GET"], "AllowedHeaders": ["*"]}
    for change, level in (({}, Level.FAIL), ({"AllowedMethods": ["PUT"]}, Level.FAIL)):
        rules = {"CORSRules": [{**rule, **change}]}
        client.put_bucket_cors(Bucket=settings_of(bucketed).s3_bucket, CORSConfiguration=rules)
        assert cors_level(bucketed)[0] is level


def test_the_command_says_so_where_there_is_no_bucket(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["storage", "cors"])
    assert (result.exit_code, "no bucket" in result.output) == (0, True)
    with app.app_context():
        assert check_bucket_cors(settings_of(app)) is None
        assert check_bucket_encryption(settings_of(app)) is None


def test_the_doctor_writes_an_object_to_see_that_it_is_encrypted(
    s3_settings: Settings, s3_endpoint: str, make_app: Callable[..., Flask]
) -> None:
    with S3Front(s3_endpoint) as front:
        app = make_app(dataclasses.replace(s3_settings, s3_endpoint_url=front.url, s3_sse="aws:kms:a-key"))
        found = []
        for front.encrypts in (True, False):
            with app.app_context():
                found.append(check_bucket_encryption(settings_of(app)))
    assert [finding and finding.level for finding in found] == [Level.OK, Level.FAIL]
    assert found[1] is not None
    assert "not with aws:kms:a-key" in found[1].what


@pytest.mark.parametrize(
    ("said", "arguments"),
    [
        (None, {}),
        ("AES256", {"ServerSideEncryption": "AES256"}),
        ("aws:kms", {"ServerSideEncryption": "aws:kms"}),
        ("aws:kms:1234", {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "1234"}),
        (
            "aws:kms:arn:aws:kms:eu-west-1:1:key/ab",
            {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "arn:aws:kms:eu-west-1:1:key/ab"},
        ),
    ],
)
def test_the_setting_becomes_what_s3_wants(said: str | None, arguments: dict[str, str]) -> None:
    assert encryption_arguments(said) == arguments
