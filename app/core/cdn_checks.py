"""What `flask doctor` looks at in a CDN: does it show what is open, hide what is not, and forget what it is told to."""

import urllib3

from app.core.cdn import CdnFailed, cdn
from app.core.findings import Finding, fail, ok
from app.core.ids import secret
from app.core.storage import storage
from app.core.storage.naming import PUBLIC
from config import Settings

BODY = b'{"from": "flask doctor"}'
SECONDS = 30
OK, PARTIAL, BAD_REQUEST = 200, 206, 400


def check_cdn(settings: Settings) -> Finding | None:
    """What is put into the open is there, readable for scripts of our pages; what is signed opens, and nothing else."""
    if not settings.cdn_url:
        return None
    name = f"doctor-{secret()}/check.json"
    with urllib3.PoolManager(retries=1, timeout=10) as pool:
        try:
            for shelf in (PUBLIC, "media/"):
                storage().put_bytes(shelf + name, BODY, content_type="application/json")
            return _look(pool, name, settings.cdn_url)
        except urllib3.exceptions.HTTPError as error:
            return fail(
                f"{settings.cdn_url} does not answer: {error}", "Is CDN_URL right, and does this machine reach it?"
            )
        finally:
            for shelf in (PUBLIC, "media/"):
                storage().delete_prefix(f"{shelf}{name.partition('/')[0]}/")


def check_purging(settings: Settings) -> Finding | None:
    """The CDN takes a purge. Without one, what was made private stays in its caches."""
    if not settings.cdn_url and not settings.cdn_purge_url:
        return None
    if not settings.cdn_purge_url:
        return fail("nobody purges the CDN", "Set CDN_PURGE_URL: what is made private stays in its caches otherwise.")
    try:
        cdn().purge(f"{PUBLIC}doctor/")
    except CdnFailed as error:
        return fail(str(error), "Look at CDN_PURGE_URL and CDN_PURGE_TOKEN.")
    return ok(f"{settings.cdn_purge_url} takes purges")


def _look(pool: urllib3.PoolManager, name: str, url: str) -> Finding:
    headers = {"Origin": "https://elsewhere.example", "Range": "bytes=0-3"}
    public = pool.request("GET", cdn().address(PUBLIC + name), headers=headers)
    if public.status != PARTIAL or public.data != BODY[:4]:
        advice = "Its origin must be the bucket, or our nginx with CDN_URL ending in /media; and it must pass ranges."
        return fail(f"{url} answered {public.status} for the beginning of an object that is open", advice)
    if public.headers.get("Access-Control-Allow-Origin") not in {"*", headers["Origin"]}:
        return fail(
            f"{url} sends no Access-Control-Allow-Origin", "Have it pass or add that header: players read by script."
        )
    if not cdn().serves_restricted:
        return ok(f"{url} shows what is open")
    signed = pool.request("GET", cdn().signed_address(f"media/{name}", seconds=SECONDS))
    bare = pool.request("GET", cdn().address(f"media/{name}"))
    if signed.status != OK:
        return fail(f"{url} answered {signed.status} to a signed address", "Is CDN_SIGNING_KEY the key that it knows?")
    if bare.status < BAD_REQUEST:
        return fail(
            f"{url} shows what is not open without a signature", "Have it demand signatures outside of /public/."
        )
    return ok(f"{url} shows what is open, and what is signed")
