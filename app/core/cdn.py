"""A CDN before the storage: addresses at it, fetched before they are asked for, forgotten when they must be.

``CDN_URL`` is where the CDN shows what the storage has: the object ``public/<key>/<name>`` is at
``CDN_URL/public/<key>/<name>``. Its origin is the bucket, or our nginx (then ``CDN_URL`` ends with ``/media``).
Everything else is signed as nginx's secure_link module and several CDNs know it: ``?md5=…&expires=…``, where md5 is the
URL-safe base64 of MD5 over ``<expires><path> <CDN_SIGNING_KEY>``, and expires is in seconds since 1970
(https://nginx.org/en/docs/http/ngx_http_secure_link_module.html).
"""

import base64
import hashlib
import time
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

import urllib3
from flask import Flask, current_app

from app.core.storage.naming import PUBLIC
from config import Settings

PATIENCE = urllib3.Timeout(connect=3, read=20)
RETRIES = urllib3.Retry(
    total=3, backoff_factor=0.3, status_forcelist=(429, 500, 502, 503, 504), allowed_methods=None, redirect=0
)
OK_STATUSES = range(200, 300)


class CdnFailed(Exception):
    """The CDN did not do what it was asked; whoever asked tries again."""


@dataclass(frozen=True, kw_only=True)
class Cdn:
    """What the settings say of a CDN; without a ``url`` there is none, and everything here does nothing."""

    url: str = ""
    signing_key: str = ""
    purge_url: str = ""
    purge_token: str = ""

    @property
    def serves_public(self) -> bool:
        """Whether what is open to all has an address at the CDN."""
        return bool(self.url)

    @property
    def serves_restricted(self) -> bool:
        """Whether the CDN looks after signatures, so that the rest has addresses there, too."""
        return bool(self.url and self.signing_key)

    def address(self, key: str) -> str:
        """Where the CDN has an object that is open to all."""
        return f"{self.url}/{key}"

    def base(self, prefix: str) -> str:
        """What stands before the names of objects under ``prefix``, where the CDN hands them to anyone; else ""."""
        return self.address(prefix) if self.serves_public and is_public(prefix) else ""

    def signed_address(self, key: str, *, seconds: int) -> str:
        """Where it has any object, for some seconds."""
        expires = int(time.time()) + seconds
        path = urlsplit(self.address(key)).path
        digest = hashlib.md5(f"{expires}{path} {self.signing_key}".encode(), usedforsecurity=False).digest()
        return f"{self.address(key)}?md5={base64.urlsafe_b64encode(digest).decode().rstrip('=')}&expires={expires}"

    def warm(self, key: str, *, size_bytes: int) -> None:
        """Fetch the beginning of an object as a player does.

        Raises:
            CdnFailed: it was not to be had.
        """
        self._ask("GET", self.address(key), {"Range": f"bytes=0-{size_bytes - 1}"})

    def purge(self, prefix: str) -> None:
        """Have the CDN forget every object whose key begins with ``prefix``. Where no one purges, nothing.

        A POST of ``{"prefixes": ["cdn.example.org/public/<key>/"]}`` with the token as bearer, which is Cloudflare's
        way; a few lines of an operator's own translate it for others.

        Raises:
            CdnFailed: it was not taken.
        """
        if not self.purge_url:
            return
        address = self.address(prefix) if self.url else f"/{prefix}"
        where = urlsplit(address)
        headers = {"Authorization": f"Bearer {self.purge_token}"} if self.purge_token else {}
        self._ask("POST", self.purge_url, headers, {"prefixes": [where.netloc + where.path]})

    @staticmethod
    def _ask(method: str, url: str, headers: dict[str, str], said: object = None) -> None:
        try:
            with urllib3.PoolManager(retries=RETRIES, timeout=PATIENCE) as pool:
                answer = pool.request(method, url, headers=headers, json=said, preload_content=False)
                try:
                    for _ in answer.stream(1 << 16):
                        pass
                finally:
                    answer.release_conn()
        except urllib3.exceptions.HTTPError as error:
            raise CdnFailed(f"{method} {url}: {error}") from error
        if answer.status not in OK_STATUSES:
            raise CdnFailed(f"{method} {url}: answered {answer.status}")


def init_cdn(app: Flask, settings: Settings) -> None:
    """Give ``app`` its CDN."""
    app.extensions["cdn"] = Cdn(
        url=settings.cdn_url or "",
        signing_key=settings.cdn_signing_key or "",
        purge_url=settings.cdn_purge_url or "",
        purge_token=settings.cdn_purge_token or "",
    )


def cdn() -> Cdn:
    """The current application's CDN."""
    return cast("Cdn", current_app.extensions["cdn"])


def is_public(key: str) -> bool:
    """Whether anyone may be handed the object."""
    return key.startswith(PUBLIC)
