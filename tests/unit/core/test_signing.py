"""What we sign, we sign by HMAC-SHA-256: our own tickets, Flask's cookies, and the tokens of forms."""

import ast
import hashlib
from base64 import urlsafe_b64decode
from typing import Any

import pytest
from flask import Flask, session
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import generate_csrf
from itsdangerous import BadSignature, Signer, TimestampSigner, URLSafeSerializer, URLSafeTimedSerializer

from app.core import signing
from app.web.cookies import SignedCookies
from config import ROOT

MAKERS = {"Signer", "TimestampSigner", "URLSafeSerializer", "URLSafeTimedSerializer", "Serializer", "TimedSerializer"}
KEY = "k" * 40


@pytest.mark.parametrize(
    ("ours", "librarys"),
    [(signing.signer, Signer), (signing.timestamp_signer, TimestampSigner)],
)
def test_texts_are_signed_by_sha_256_and_what_sha_1_signed_is_nothing(ours: Any, librarys: Any) -> None:
    signed = ours(KEY, purpose="a").sign("text")
    assert len(urlsafe_b64decode(signed.rsplit(b".", 1)[1] + b"=")) == 32
    assert ours(KEY, purpose="a").unsign(signed) == b"text"
    for how in ({"digest_method": hashlib.sha1}, {"digest_method": hashlib.sha1, "key_derivation": "hmac"}):
        with pytest.raises(BadSignature):
            ours(KEY, purpose="a").unsign(librarys(KEY, salt="a", **how).sign("text"))
    with pytest.raises(BadSignature):
        ours(KEY, purpose="b").unsign(signed)


@pytest.mark.parametrize(
    ("ours", "librarys"),
    [(signing.serializer, URLSafeSerializer), (signing.timed_serializer, URLSafeTimedSerializer)],
)
def test_so_is_json(ours: Any, librarys: Any) -> None:
    signed = ours(KEY, purpose="a").dumps(["x", 1])
    assert len(urlsafe_b64decode(signed.rsplit(".", 1)[1] + "=")) == 32
    assert ours(KEY, purpose="a").loads(signed) == ["x", 1]
    with pytest.raises(BadSignature):
        ours(KEY, purpose="b").loads(signed)
    for how in ({"digest_method": hashlib.sha1}, {"digest_method": hashlib.sha1, "key_derivation": "hmac"}):
        with pytest.raises(BadSignature):
            ours(KEY, purpose="a").loads(librarys(KEY, salt="a", signer_kwargs=how).dumps(["x", 1]))


def test_cookies_and_the_tokens_of_forms_are_too() -> None:
    app = Flask(__name__)
    app.secret_key = KEY
    app.session_interface = SignedCookies()
    app.add_url_rule("/", "page", lambda: session.update(a=1) or generate_csrf())
    client = app.test_client()
    token = client.get("/").text
    cookie = client.get_cookie("session")
    assert cookie is not None
    assert [len(urlsafe_b64decode(signed.rsplit(".", 1)[1] + "=")) for signed in (token, cookie.value)] == [32, 32]
    with app.test_request_context(headers={"Cookie": f"session={cookie.value}"}):
        assert session["a"] == 1
    old = SecureCookieSessionInterface().get_signing_serializer(app)
    assert old is not None
    with app.test_request_context(headers={"Cookie": f"session={old.dumps({'a': 1})}"}):
        assert "a" not in session


def test_nothing_in_the_application_makes_a_signer_of_its_own() -> None:
    makers = set()
    for path in (ROOT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                if name in MAKERS:
                    makers.add(path.relative_to(ROOT).as_posix())
    assert makers == {"app/core/signing.py"}
