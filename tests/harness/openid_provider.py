"""An OpenID provider on this machine: it logs everyone in at once, as whom the test says, and can be hostile.

It checks what a provider checks: the client, its secret, where it sends people back, the proof of PKCE; a code is good
once.
"""

import base64
import hashlib
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "soundstage", "a secret: with %, and : in it"
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "one"})


@dataclass
class Visitor:
    """Who is logged in there."""

    subject: str = "subject-1"
    email: str | None = "ana@example.org"
    verified: Any = True
    name: str = "Ana Lin"
    authenticated_ago_s: int | None = 0


@dataclass
class OpenIdStandIn:
    """The provider. ``claims`` go over what it would say; other attributes make it hostile."""

    visitor: Visitor = field(default_factory=Visitor)
    claims: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: KEY)
    """What it signs with; its key set holds ``KEY``, or ``keys``."""
    keys: list[RSAKey] = field(default_factory=lambda: [KEY])
    algorithm: str = "RS256"
    id_token: str | None = None
    """Says this instead of a token of its own."""
    codes_last: bool = False
    """Takes a code again and again, as no provider should."""
    fails_with: int = 0
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        provider = self
        self._codes: dict[str, dict[str, str]] = {}

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.asked.append(urlsplit(self.path).path)
                status, body, headers = provider.get(urlsplit(self.path).path, _plain(urlsplit(self.path).query))
                self._send(status, body, headers)

            def do_POST(self) -> None:
                provider.asked.append(self.path)
                said = _plain(self.rfile.read(int(self.headers["Content-Length"])).decode())
                status, body = provider.token(said, self.headers.get("Authorization", ""))
                self._send(status, body, {})

            def _send(self, status: int, body: dict[str, Any], headers: dict[str, str]) -> None:
                raw = json.dumps(body).encode()
                self.send_response(status)
                for name, value in {
                    "Content-Type": "application/json",
                    "Content-Length": str(len(raw)),
                    **headers,
                }.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *_args: Any) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def stop(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def get(self, path: str, said: dict[str, str]) -> tuple[int, dict[str, Any], dict[str, str]]:
        """Discovery, keys, and the way through."""
        if self.fails_with:
            return self.fails_with, {}, {}
        if path == "/.well-known/openid-configuration":
            ways = {f"{name}_endpoint": f"{self.issuer}/{name[:5]}" for name in ("authorization", "token")}
            return 200, {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/jwks", **ways, **self.metadata}, {}
        if path == "/jwks":
            return 200, {"keys": [key.as_dict(private=False) for key in self.keys]}, {}
        if path == "/autho":
            return 303, {}, {"Location": self.authorize(said)}
        return 404, {}, {}

    def authorize(self, said: dict[str, str]) -> str:
        """Where whoever is logged in there is sent back to."""
        assert said["client_id"] == CLIENT_ID
        assert said["response_type"] == "code"
        assert said["code_challenge_method"] == "S256"
        assert said["scope"] == "openid email profile"
        code = uuid4().hex
        self._codes[code] = said
        return f"{said['redirect_uri']}?{urlencode({'code': code, 'state': said['state']})}"

    def token(self, said: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """Who came with the code; it is good once."""
        pair = base64.b64decode(authorization.removeprefix("Basic ")).decode().split(":", 1)
        begun = (self._codes.get if self.codes_last else self._codes.pop)(said.get("code", ""), None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(said.get("code_verifier", "").encode()).digest()).decode()
        if [unquote(one) for one in pair] != [CLIENT_ID, CLIENT_SECRET]:
            return 401, {"error": "invalid_client"}
        if (
            begun is None
            or begun["redirect_uri"] != said["redirect_uri"]
            or begun["code_challenge"] != proof.rstrip("=")
        ):
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": self.id_token or self._sign(begun)}

    def _sign(self, begun: dict[str, str]) -> str:
        at, who = int(time.time()), self.visitor
        said = {
            "iss": self.issuer, "aud": CLIENT_ID, "sub": who.subject, "iat": at, "exp": at + 300,
            "nonce": begun["nonce"], "email": who.email, "email_verified": who.verified, "name": who.name,
            "auth_time": at - who.authenticated_ago_s if who.authenticated_ago_s is not None else None, **self.claims,
        }  # fmt: skip
        claims = {name: value for name, value in said.items() if value is not None}
        return jwt.encode({"alg": self.algorithm, "kid": self.key.kid}, claims, self.key)


def unsigned(claims: dict[str, Any]) -> str:
    """A token that says ``alg: none``."""
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."


def _plain(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}
