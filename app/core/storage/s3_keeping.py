"""Upkeep in a bucket: walking through its listing, and a cheaper storage class as the colder place.

See "Understanding and managing Amazon S3 storage classes" and "Restoring an archived object" in the Amazon S3 User
Guide.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from app.core.storage.keeping import KeptObject

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ARCHIVES = {"GLACIER", "DEEP_ARCHIVE"}
"""Classes whose objects must be restored before anyone reads them; the others answer at once."""
RESTORED_DAYS = 3
WHOLE_COPY_BYTES = 1 << 30
MISSING = {"404", "NoSuchKey", "NotFound"}


class S3Keeping:
    """``cold_class`` is the storage class of the colder place, None where there is none."""

    bucket: str
    cold_class: str | None
    encryption: dict[str, Any]
    client: "S3Client"

    @property
    def has_cold_place(self) -> bool:
        """Whether a storage class was named."""
        return self.cold_class is not None

    def walk_names(self, folder: str) -> Iterator[str]:
        """The listing, folded at slashes."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=folder, Delimiter="/")
        for page in pages:
            yield from (item["Prefix"] for item in page.get("CommonPrefixes", []))
            yield from (item["Key"] for item in page.get("Contents", []))

    def walk_objects(self, prefix: str) -> Iterator[KeptObject]:
        """The listing."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        for page in pages:
            for item in page.get("Contents", []):
                yield KeptObject(
                    key=item["Key"],
                    size_bytes=item["Size"],
                    changed_at=item["LastModified"],
                    cold=item.get("StorageClass", "STANDARD") == self.cold_class,
                )

    def walk_cold(self, prefix: str) -> Iterator[KeptObject]:  # noqa: ARG002 - the protocol's
        """Nothing: an object has one class, and lies in one place."""
        return iter(())

    def delete_exactly(self, keys: Iterable[str]) -> None:
        """Delete by key, a thousand a call."""
        waiting = iter(keys)
        while some := list(islice(waiting, 1000)):
            self.client.delete_objects(
                Bucket=self.bucket, Delete={"Objects": [{"Key": key} for key in some], "Quiet": True}
            )

    def chill(self, key: str) -> None:
        """Change the object's class, by a copy of it onto itself within the bucket."""
        if self.cold_class is not None and self._class_of(key)[0] != self.cold_class:
            self._copy_as(key, self.cold_class)

    def thaw(self, key: str) -> bool:
        """Change the class back; an archive is asked to restore the object first, which takes minutes to hours."""
        storage_class, restored = self._class_of(key)
        if storage_class == "STANDARD":
            return True
        if storage_class in ARCHIVES and not restored:
            self._ask_archive(key)
            return False
        self._copy_as(key, "STANDARD")
        return True

    def keep_only(self, key: str, *, cold: bool) -> None:
        """Nothing to do: there is one copy."""

    def is_at_hand(self, key: str) -> bool:
        """Whether the object is there, and no archive must restore it."""
        try:
            storage_class, restored = self._class_of(key)
        except FileNotFoundError:
            return False
        return storage_class not in ARCHIVES or restored

    def _class_of(self, key: str) -> tuple[str, bool]:
        """The object's storage class, and whether an archived one has been restored."""
        try:
            head = self.client.head_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            raise (FileNotFoundError(key) if _code(error) in MISSING else error) from error
        return head.get("StorageClass", "STANDARD"), 'ongoing-request="false"' in head.get("Restore", "")

    def _copy_as(self, key: str, storage_class: str) -> None:
        from boto3.s3.transfer import TransferConfig  # noqa: PLC0415 - boto3 costs a third of a second to import

        self.client.copy(
            {"Bucket": self.bucket, "Key": key},
            self.bucket,
            key,
            ExtraArgs={"StorageClass": storage_class, **self.encryption},
            Config=TransferConfig(multipart_threshold=WHOLE_COPY_BYTES, multipart_chunksize=WHOLE_COPY_BYTES // 4),
        )

    def _ask_archive(self, key: str) -> None:
        try:
            self.client.restore_object(
                Bucket=self.bucket,
                Key=key,
                RestoreRequest={"Days": RESTORED_DAYS, "GlacierJobParameters": {"Tier": "Standard"}},
            )
        except ClientError as error:
            if _code(error) != "RestoreAlreadyInProgress":
                raise


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
