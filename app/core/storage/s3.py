"""Storage in an S3 bucket, or in anything that speaks its protocol."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import structlog
import urllib3
from botocore.exceptions import BotoCoreError, ClientError

from app.core.errors import Unavailable
from app.core.storage import naming
from app.core.storage.base import (
    Part,
    PartMismatch,
    PartsGone,
    PartTicket,
    StoredObject,
    Unfinished,
    composite_sha256_of_stream,
)
from app.core.storage.s3_keeping import S3Keeping

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

TICKET_SECONDS = 3600
COPIES_AT_ONCE = 8
"""No more than the client's pool of connections; a large object is copied in several parts at once, too."""
IMMUTABLE = "public, max-age=31536000, immutable"
OK, BAD_REQUEST, SERVER_ERROR = 200, 400, 500
KMS = "aws:kms"
log = structlog.get_logger()
GONE = {"404", "NoSuchKey", "NoSuchUpload", "NotFound"}


class S3Storage(S3Keeping):
    """Objects in one bucket. Credentials and region come from the environment, as boto3 reads them.

    ``sse`` is how the bucket is to encrypt what is written: ``AES256``, ``aws:kms`` or ``aws:kms:<key>``.
    """

    def __init__(
        self, *, bucket: str, endpoint_url: str | None = None, sse: str | None = None, cold_class: str | None = None
    ) -> None:
        self.bucket = bucket
        self.cold_class = cold_class
        self.endpoint_url = endpoint_url
        self.encryption = encryption_arguments(sse)

    @cached_property
    def client(self) -> "S3Client":  # type: ignore[override]  # made when it is first read
        """The boto3 client, made at first use: importing boto3 costs a third of a second."""
        import boto3  # noqa: PLC0415 - see above
        from botocore.config import Config  # noqa: PLC0415

        config = Config(
            signature_version="s3v4",
            s3={"addressing_style": "path" if self.endpoint_url else "auto"},
            retries={"max_attempts": 4, "mode": "standard"},
            connect_timeout=5,
            read_timeout=60,
        )
        return boto3.client("s3", endpoint_url=self.endpoint_url, config=config)

    def create_multipart(self, key: str, *, content_type: str) -> str:
        """Begin a multipart upload whose parts carry SHA-256 checksums."""
        with _answering():
            answer = self.client.create_multipart_upload(
                Bucket=self.bucket, Key=key, ContentType=content_type, ChecksumAlgorithm="SHA256", **self.encryption
            )
        return answer["UploadId"]

    def part_ticket(self, key: str, multipart_id: str, *, number: int, sha256: str, size_bytes: int) -> PartTicket:
        """A presigned URL; checksum and length are signed in, so that S3 refuses other bytes."""
        url = self.client.generate_presigned_url(
            "upload_part",
            Params={
                "Bucket": self.bucket,
                "Key": key,
                "UploadId": multipart_id,
                "PartNumber": number,
                "ChecksumSHA256": sha256,
                "ContentLength": size_bytes,
            },
            ExpiresIn=TICKET_SECONDS,
        )
        return PartTicket(number=number, url=url, headers={"x-amz-checksum-sha256": sha256})

    def send_part(self, ticket: PartTicket, data: bytes) -> Part:
        """PUT the part to its presigned URL."""
        pool = urllib3.PoolManager(timeout=60, retries=3)
        answer = pool.request("PUT", ticket.url, body=data, headers=ticket.headers)
        if answer.status == BAD_REQUEST:
            raise PartMismatch
        if answer.status != OK:
            raise OSError(f"The bucket answered {answer.status} to a part.")
        return Part(number=ticket.number, size_bytes=len(data), sha256=ticket.headers["x-amz-checksum-sha256"])

    def list_parts(self, key: str, multipart_id: str) -> list[Part]:
        """The parts that the bucket holds. AWS and MinIO tell their checksums; where a bucket does not, they are ""."""
        parts: list[Part] = []
        try:
            with _answering():
                parts = [
                    Part(number=part["PartNumber"], size_bytes=part["Size"], sha256=part.get("ChecksumSHA256", ""))
                    for part in self._listed_parts(key, multipart_id)
                ]
        except ClientError as error:
            if _code(error) in GONE:
                return []
            raise
        return sorted(parts, key=lambda part: part.number)

    def complete_multipart(self, key: str, multipart_id: str, parts: list[Part]) -> None:
        """Join the parts. Where the bucket does not say how that ended, the object does: it is there, or is not."""
        whole_bytes = sum(part.size_bytes for part in parts)
        try:
            etags = {part["PartNumber"]: part["ETag"] for part in self._listed_parts(key, multipart_id)}
            self.client.complete_multipart_upload(
                Bucket=self.bucket,
                Key=key,
                UploadId=multipart_id,
                MultipartUpload={
                    "Parts": [
                        {
                            "PartNumber": part.number,
                            "ETag": etags.get(part.number, ""),
                            **({"ChecksumSHA256": part.sha256} if part.sha256 else {}),
                        }
                        for part in sorted(parts, key=lambda part: part.number)
                    ]
                },
            )
        except (ClientError, BotoCoreError) as error:
            with _answering():
                if self.size_bytes(key) == whole_bytes:
                    return  # an earlier call did it, or this one did and its answer was lost
            if isinstance(error, ClientError) and _code(error) in {"InvalidPart", "NoSuchUpload"}:
                raise PartsGone([part.number for part in parts]) from error
            raise _unavailable(error) from error

    def abort_multipart(self, key: str, multipart_id: str) -> None:
        """Forget the upload."""
        try:
            self.client.abort_multipart_upload(Bucket=self.bucket, Key=key, UploadId=multipart_id)
        except ClientError as error:
            if _code(error) not in GONE:
                raise

    def list_unfinished(self, prefix: str) -> list[Unfinished]:
        """The bucket's multipart uploads to keys under ``prefix``."""
        pages = self.client.get_paginator("list_multipart_uploads").paginate(Bucket=self.bucket, Prefix=prefix)
        return [
            Unfinished(key=upload["Key"], multipart_id=upload["UploadId"], touched_at=upload["Initiated"])
            for page in pages
            for upload in page.get("Uploads", [])
        ]

    def put_file(self, key: str, path: Path, *, content_type: str) -> None:
        """Upload the file at ``path``, in parts where it is large."""
        self.client.upload_file(
            str(path), self.bucket, key, ExtraArgs={"ContentType": content_type, **self._kept(key), **self.encryption}
        )

    def put_bytes(self, key: str, data: bytes, *, content_type: str) -> None:
        """Upload ``data``."""
        self.client.put_object(
            Bucket=self.bucket, Key=key, Body=data, ContentType=content_type, **self._kept(key), **self.encryption
        )

    def read_bytes(self, key: str, *, start: int = 0, length: int | None = None) -> bytes:
        """The object's bytes from ``start``."""
        if start == 0 and length is None:
            with self.open(key) as body:
                return body.read()
        end = "" if length is None else str(start + length - 1)
        try:
            answer = self.client.get_object(Bucket=self.bucket, Key=key, Range=f"bytes={start}-{end}")
        except ClientError as error:
            raise _as_missing(error, key) from error
        return answer["Body"].read()

    def open(self, key: str) -> BinaryIO:
        """The object's body as it streams in."""
        try:
            body: Any = self.client.get_object(Bucket=self.bucket, Key=key)["Body"]
        except ClientError as error:
            raise _as_missing(error, key) from error
        return cast("BinaryIO", body)

    def size_bytes(self, key: str) -> int | None:
        """The object's size, or None."""
        try:
            return self.client.head_object(Bucket=self.bucket, Key=key)["ContentLength"]
        except ClientError as error:
            if _code(error) in GONE:
                return None
            raise

    def local_path(self, key: str) -> Path | None:  # noqa: ARG002 - the protocol's
        """None: the objects are elsewhere."""
        return None

    def joined_sha256(self, key: str, *, part_size_bytes: int) -> str:
        """What the bucket computed when it joined the parts; where it computes nothing, the object is read again."""
        try:
            head = self.client.head_object(Bucket=self.bucket, Key=key, ChecksumMode="ENABLED")
        except ClientError as error:
            raise _as_missing(error, key) from error
        told = head.get("ChecksumSHA256", "").partition("-")[0]  # "<checksum>-<number of parts>"
        if told:
            return told
        with self.open(key) as body:
            return composite_sha256_of_stream(body, part_size_bytes)

    def read_url(
        self, key: str, *, content_type: str, seconds: int, download_as: str | None = None, head: bool = False
    ) -> str | None:
        """A presigned URL for some seconds: the method is signed in, so a HEAD needs one of its own."""
        params = {
            "Bucket": self.bucket,
            "Key": key,
            "ResponseContentType": content_type,
            "ResponseCacheControl": "private, no-store",
        }
        if download_as is not None:
            params["ResponseContentDisposition"] = naming.attachment(download_as)
        operation = "head_object" if head else "get_object"
        return self.client.generate_presigned_url(operation, Params=params, ExpiresIn=seconds)

    def list_objects(self, prefix: str) -> list[StoredObject]:
        """Every object whose key begins with ``prefix``."""
        return [StoredObject(key=item["Key"], size_bytes=item["Size"]) for item in self._items(prefix)]

    def copy_prefix(self, old: str, new: str) -> None:
        """Copy within the bucket, many at once; no byte comes through here. What is there already stays."""
        there = {stored.key: stored.size_bytes for stored in self.list_objects(new)}
        pairs = [(stored, new + stored.key.removeprefix(old)) for stored in self.list_objects(old)]
        missing = [(stored.key, target) for stored, target in pairs if there.get(target) != stored.size_bytes]
        with ThreadPoolExecutor(COPIES_AT_ONCE) as pool:
            for _ in pool.map(lambda pair: self._copy(*pair), missing):
                pass

    def _copy(self, source: str, target: str) -> None:
        """Copy one object, in parts where it is large, with headers that suit its new place."""
        self.client.copy(
            {"Bucket": self.bucket, "Key": source},
            self.bucket,
            target,
            ExtraArgs={
                "MetadataDirective": "REPLACE",
                "ContentType": naming.content_type(target),
                **self._kept(target),
                **self.encryption,
            },
        )

    @staticmethod
    def _kept(key: str) -> dict[str, Any]:
        """What a CDN that reads the bucket may do with an object."""
        return {"CacheControl": IMMUTABLE} if key.startswith(naming.PUBLIC) else {}

    def delete_prefix(self, prefix: str) -> None:
        """Delete every object under ``prefix``, a thousand a call."""
        keys = [item["Key"] for item in self._items(prefix)]
        for start in range(0, len(keys), 1000):
            self.client.delete_objects(
                Bucket=self.bucket,
                Delete={"Objects": [{"Key": key} for key in keys[start : start + 1000]], "Quiet": True},
            )

    def free_bytes(self) -> int | None:
        """None: a bucket has no end that anyone could tell."""
        return None

    def check(self) -> None:
        """Ask for the bucket's head."""
        self.client.head_bucket(Bucket=self.bucket)

    def _items(self, prefix: str) -> Iterator[Any]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        for page in pages:
            yield from page.get("Contents", [])

    def _listed_parts(self, key: str, multipart_id: str) -> list[Any]:
        pages = self.client.get_paginator("list_parts").paginate(Bucket=self.bucket, Key=key, UploadId=multipart_id)
        return [part for page in pages for part in page.get("Parts", [])]


def encryption_arguments(sse: str | None) -> dict[str, Any]:
    """What every request that writes says about encryption; ``sse`` as ``S3_SSE`` has it, None for the bucket's own."""
    if not sse:
        return {}
    algorithm, key = (KMS, sse.removeprefix(f"{KMS}:")) if sse.startswith(f"{KMS}:") else (sse, "")
    return {"ServerSideEncryption": algorithm, **({"SSEKMSKeyId": key} if key else {})}


@contextmanager
def _answering() -> Iterator[None]:
    """While someone waits: a bucket that does not answer is a part of the installation that takes a break."""
    try:
        yield
    except BotoCoreError as error:
        raise _unavailable(error) from error
    except ClientError as error:
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) < SERVER_ERROR:
            raise
        raise _unavailable(error) from error


def _unavailable(error: Exception) -> Unavailable:
    log.error("storage_unavailable", error=str(error))
    return Unavailable()


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _as_missing(error: ClientError, key: str) -> Exception:
    return FileNotFoundError(key) if _code(error) in GONE else error
