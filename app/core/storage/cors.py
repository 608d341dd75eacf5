"""Letting browsers of our pages speak with the bucket: they send parts to it, and read media from it, across origins.

Source: "Using cross-origin resource sharing (CORS)" in the Amazon S3 User Guide.
"""

from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import urllib3
from botocore.exceptions import ClientError

from app.core.storage.s3 import S3Storage

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CORSRuleTypeDef

RULE_ID = "soundstage"
SENT = ["content-type", "range", "x-amz-checksum-sha256", "x-amz-sdk-checksum-algorithm"]
METHODS = ["GET", "HEAD", "PUT"]
EXPOSED = ["ETag", "Content-Range", "Accept-Ranges", "x-amz-checksum-sha256"]
NEEDED_FOR_PARTS = {"etag", "x-amz-checksum-sha256"}
KEPT_SECONDS = 3600


def origin_of(public_url: str) -> str:
    """What browsers send as ``Origin`` from our pages."""
    parts = urlsplit(public_url)
    return f"{parts.scheme}://{parts.netloc}"


def allow_our_pages(store: S3Storage, public_url: str) -> None:
    """Put our rule into the bucket's CORS configuration; rules of others stay.

    Raises:
        ClientError: the bucket tells or takes no rules. MinIO does neither; it allows every origin by itself.
    """
    rule: CORSRuleTypeDef = {
        "ID": RULE_ID,
        "AllowedOrigins": [origin_of(public_url)],
        "AllowedMethods": METHODS,
        "AllowedHeaders": SENT,
        "ExposeHeaders": EXPOSED,
        "MaxAgeSeconds": KEPT_SECONDS,
    }
    others = [other for other in _rules(store) if other.get("ID") != RULE_ID]
    store.client.put_bucket_cors(Bucket=store.bucket, CORSConfiguration={"CORSRules": [rule, *others]})


def find_objection(store: S3Storage, public_url: str) -> str | None:
    """What keeps a browser of our pages from sending a part, in words; None where nothing does.

    It asks the bucket what a browser would ask, because some speak CORS without having a configuration of it.
    """
    origin = origin_of(public_url)
    url = store.read_url("originals/check", content_type="text/plain", seconds=60)
    pool = urllib3.PoolManager(timeout=10, retries=2)
    answer = pool.request(
        "OPTIONS",
        url or "",
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": "x-amz-checksum-sha256",
        },
    )
    if answer.headers.get("Access-Control-Allow-Origin") not in {origin, "*"}:
        return f"bucket {store.bucket} does not let pages of {origin} send to it"
    if "PUT" not in answer.headers.get("Access-Control-Allow-Methods", "").upper():
        return f"bucket {store.bucket} lets pages of {origin} read, and not send"
    try:
        rules = _rules(store)
    except ClientError:  # the preflight has shown what matters most
        return None
    exposed = {
        header.lower()
        for rule in rules
        if {origin, "*"} & set(rule.get("AllowedOrigins", []))
        for header in rule.get("ExposeHeaders", [])
    }
    if rules and not exposed >= NEEDED_FOR_PARTS:
        missing = ", ".join(sorted(NEEDED_FOR_PARTS - exposed))
        return f"bucket {store.bucket} hides {missing} from pages of {origin}"
    return None


def _rules(store: S3Storage) -> "list[CORSRuleTypeDef]":
    """The bucket's rules.

    Raises:
        ClientError: it does not tell them.
    """
    try:
        return cast("list[CORSRuleTypeDef]", store.client.get_bucket_cors(Bucket=store.bucket)["CORSRules"])
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "NoSuchCORSConfiguration":
            return []
        raise
