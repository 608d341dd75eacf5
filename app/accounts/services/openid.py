"""OpenID Connect, as the party that relies on it: discovery, the way to the provider, and what it says of someone.

The authorization code flow with PKCE, a nonce and the provider's signature; nothing is believed that is not signed by a
key of the very issuer that the operator named, for us, now, and for this one attempt.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import requests
import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from flask import current_app
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from app.accounts.errors import ProviderAway, ProviderRefused
from app.core import outbound
from config import OpenIdProvider

SCOPE: Final = "openid email profile"
ALGORITHMS: Final = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures by a private key. ``none`` signs nothing, and with HS… whoever knows our secret could sign."""
METADATA_LASTS_S: Final = 3600
KEYS_EVERY_S: Final = 60
"""Keys are fetched anew for an unknown one at most so often."""
LEEWAY_S: Final = 60
LONGEST_CLAIM: Final = 255

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Attempt:
    """What must be remembered while someone is at the provider. Nobody else can know ``nonce`` and ``verifier``."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Claims:
    """What a provider says of someone."""

    issuer: str
    subject: str
    email: str
    """In which case it likes; "" where it says none."""
    email_verified: bool
    name: str
    authenticated_at: int
    """When they last proved themselves there, in seconds since 1970; 0 where it does not say."""


@dataclass(slots=True)
class _Known:
    """What was read of a provider, and when (monotonic seconds)."""

    metadata: Mapping[str, Any]
    read_at: float
    keys: KeySet | None = None
    keys_read_at: float = 0.0


def find_provider(key: str) -> OpenIdProvider | None:
    """The provider that operators called so."""
    return next((one for one in current_app.config["SETTINGS"].openid_providers if one.key == key), None)


def new_attempt() -> Attempt:
    """Three things that nobody can guess."""
    return Attempt(generate_token(43), generate_token(43), generate_token(64))


def address_for(provider: OpenIdProvider, attempt: Attempt, *, anew: bool = False) -> str:
    """Where the browser goes; ``anew`` asks the provider to have people prove themselves again.

    Raises:
        ProviderAway: it does not say where.
    """
    how = {"prompt": "login", "max_age": "0"} if anew else {}
    with _client(provider) as client:
        url, _state = client.create_authorization_url(
            _endpoint(provider, "authorization_endpoint"),
            state=attempt.state, nonce=attempt.nonce, code_verifier=attempt.verifier, **how,
        )  # fmt: skip
    return str(url)


def claims_for(provider: OpenIdProvider, attempt: Attempt, code: str) -> Claims:
    """What the provider says of whoever came back with ``code``.

    Raises:
        ProviderAway: it does not answer.
        ProviderRefused: it does not know the code, or what it says is not to be believed.
    """
    try:
        with _client(provider) as client:
            token = client.fetch_token(
                _endpoint(provider, "token_endpoint"),
                grant_type="authorization_code", code=code, code_verifier=attempt.verifier,
            )  # fmt: skip
        return _believed(provider, attempt, str(token.get("id_token") or ""), token.get("access_token"))
    except (AuthlibBaseError, JoseError, ValueError, TypeError, KeyError) as error:
        log.warning("openid_refused", provider=provider.key, why=f"{type(error).__name__}: {error}"[:300])
        raise ProviderRefused from error
    except requests.RequestException as error:
        raise _away(provider, error) from error


def callback_of(provider: OpenIdProvider) -> str:
    """The address to which the provider sends people back."""
    return f"{current_app.config['SETTINGS'].public_url}/login/with/{provider.key}/callback"


def _believed(provider: OpenIdProvider, attempt: Attempt, id_token: str, access_token: object) -> Claims:
    """The claims of a signed token, every one of them checked that says whose, for whom, when and for what it is.

    Raises:
        JoseError, ValueError, TypeError, KeyError: it is not to be believed.
    """
    try:
        token = jwt.decode(id_token, _keys(provider), algorithms=ALGORITHMS)
    except InvalidKeyIdError:
        token = jwt.decode(id_token, _keys(provider, anew=True), algorithms=ALGORITHMS)
    claims = CodeIDToken(
        token.claims,
        token.header,
        {
            "iss": {"essential": True, "value": provider.issuer},
            "aud": {"essential": True, "value": provider.client_id},
            "sub": {"essential": True},
        },
        {"nonce": attempt.nonce, "client_id": provider.client_id, "access_token": access_token},
    )
    claims.validate(now=int(time.time()), leeway=LEEWAY_S)
    subject, email = claims["sub"], claims.get("email") or ""
    if not all(isinstance(said, str) and len(said) <= LONGEST_CLAIM and "\0" not in said for said in (subject, email)):
        raise ValueError("subject or address is too long, or no text")
    if not subject.strip():
        raise ValueError("no subject")
    return Claims(
        issuer=provider.issuer,
        subject=subject,
        email=email.strip(),
        email_verified=claims.get("email_verified") is True,
        name=str(claims.get("name") or claims.get("preferred_username") or "")[:80],
        authenticated_at=int(claims.get("auth_time") or 0),
    )


def _client(provider: OpenIdProvider) -> OAuth2Session:
    """Authlib's client, whose requests stay on the open internet unless operators said that a provider is near."""
    client = OAuth2Session(
        provider.client_id,
        provider.client_secret,
        scope=SCOPE,
        redirect_uri=callback_of(provider),
        code_challenge_method="S256",
    )
    with _session() as bounded:
        client.adapters, client.trust_env, client.max_redirects = bounded.adapters, False, 0
    return client


def _session() -> requests.Session:
    return outbound.session(outbound.Reach(allows_local=current_app.config["SETTINGS"].openid_allows_local))


def _read(provider: OpenIdProvider, url: str) -> dict[str, Any]:
    with _session() as session:
        answer = session.get(url, headers={"Accept": "application/json"})
        answer.raise_for_status()
        found = answer.json()
    if not isinstance(found, dict):
        raise requests.JSONDecodeError(f"{url} of {provider.key} is no object", "", 0)
    return found


def _known(provider: OpenIdProvider) -> _Known:
    """What the provider says of itself, at most an hour old.

    Raises:
        ProviderAway: it says nothing, or that it is another one.
    """
    kept: dict[str, _Known] = current_app.extensions.setdefault("openid", {})
    found = kept.get(provider.issuer)
    if found is not None and time.monotonic() - found.read_at < METADATA_LASTS_S:
        return found
    try:
        metadata = _read(provider, f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    except requests.RequestException as error:
        raise _away(provider, error) from error
    if metadata.get("issuer") != provider.issuer:
        raise _away(provider, ValueError(f"it calls itself {metadata.get('issuer')!r}"))
    kept[provider.issuer] = _Known(metadata, time.monotonic())
    return kept[provider.issuer]


def _endpoint(provider: OpenIdProvider, name: str) -> str:
    url = _known(provider).metadata.get(name)
    try:
        parts = urlsplit(url) if isinstance(url, str) else None
    except ValueError as error:  # brackets that hold no IPv6 address
        raise _away(provider, error) from error
    allowed = {"https", "http"} if current_app.config["SETTINGS"].openid_allows_local else {"https"}
    if parts is None or parts.scheme not in allowed or not parts.netloc:
        raise _away(provider, ValueError(f"its {name} is {url!r}"))
    return str(url)


def _keys(provider: OpenIdProvider, *, anew: bool = False) -> KeySet:
    """The keys with which the provider signs."""
    known = _known(provider)
    age = time.monotonic() - known.keys_read_at
    if known.keys is None or age > METADATA_LASTS_S or (anew and age > KEYS_EVERY_S):
        known.keys = KeySet.import_key_set(_read(provider, _endpoint(provider, "jwks_uri")))  # type: ignore[arg-type]  # checked by it
        known.keys_read_at = time.monotonic()
    return known.keys


def _away(provider: OpenIdProvider, error: Exception) -> ProviderAway:
    log.warning("openid_away", provider=provider.key, why=f"{type(error).__name__}: {error}"[:300])
    return ProviderAway(provider.name)
