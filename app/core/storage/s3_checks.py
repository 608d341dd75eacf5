"""What ``flask doctor`` looks at in a bucket."""

import secrets

from app.core.findings import Finding, fail, ok
from app.core.storage import storage
from app.core.storage.cors import find_objection
from app.core.storage.s3 import S3Storage
from config import Settings

ADVICE_CORS = "Run `flask storage cors`, or set the bucket's CORS rules by hand as docs/operations.md says."
ADVICE_SSE = "See that S3_SSE is right, and that our key may use the encryption key it names (kms:GenerateDataKey)."


def check_bucket_cors(settings: Settings) -> Finding | None:
    """Browsers of our pages may send parts to the bucket. Nothing where media lies on disk."""
    store = storage()
    if not isinstance(store, S3Storage):
        return None
    objection = find_objection(store, settings.public_url)
    return fail(objection, ADVICE_CORS) if objection else ok(f"pages of {settings.public_url} may send to the bucket")


def check_bucket_encryption(settings: Settings) -> Finding | None:
    """What we write is encrypted as ``S3_SSE`` says: an object is written and asked. Nothing without that setting."""
    store = storage()
    if not isinstance(store, S3Storage) or not settings.s3_sse:
        return None
    key = f".check-{secrets.token_hex(8)}"
    store.put_bytes(key, b"encrypted?", content_type="text/plain")
    try:
        head = store.client.head_object(Bucket=store.bucket, Key=key)
    finally:
        store.delete_prefix(key)
    wanted = store.encryption
    found = head.get("ServerSideEncryption", "none")
    if found != wanted["ServerSideEncryption"] or not str(head.get("SSEKMSKeyId", "")).endswith(
        wanted.get("SSEKMSKeyId", "")
    ):
        return fail(f"the bucket encrypts with {found}, not with {settings.s3_sse}", ADVICE_SSE)
    return ok(f"the bucket encrypts what we write ({settings.s3_sse})")
