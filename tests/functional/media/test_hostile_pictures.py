"""A picture that unpacks to more than the machine has is refused in words, quickly, and outside of the web process."""

import time
from collections.abc import Callable

from app.accounts.models import User
from app.media.models import Medium
from tests.harness.payload_tags import huge_picture, moving
from tests.harness.web_process import WebProcess
from tests.harness.wire_uploader import Answer, Login, ask

MOST_MORE_MB = 64
"""What a request may add to the web process: the picture as it was sent, a few times over. Unpacked it has 768 MB."""
SENTENCE = "This picture has 16000 × 16000 pixels; we take up to 60 million."
BOUNDARY = "a-part-of-a-form"


def send(url: str, session: Login, fields: dict[str, str], name: str, picture: bytes) -> Answer:
    """A form with a picture, as a browser sends it."""
    parts = {**fields, "csrf_token": session.token}
    head = "".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in parts.items()
    )
    file = f'Content-Disposition: form-data; name="{name}"; filename="me.png"\r\nContent-Type: image/png'
    body = f"{head}--{BOUNDARY}\r\n{file}\r\n\r\n".encode() + picture + f"\r\n--{BOUNDARY}--\r\n".encode()
    headers = {"Cookie": session.cookie, "Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    return ask(url, "POST", body=body, headers=headers, timeout_s=60)


def test_a_picture_of_256_million_pixels_stays_out_of_the_web_process(
    web: WebProcess, wire_login: Login, artist: User, make_medium: Callable[..., Medium]
) -> None:
    medium = make_medium(artist)
    bomb = huge_picture(bits=8)
    assert len(bomb) < 1_000_000
    before, _ = web.memory_mb()
    for path, fields, name, picture in (
        ("/settings/profile", {"display_name": "Ana", "realm": "music"}, "avatar", bomb),
        ("/settings/profile", {"display_name": "Ana", "realm": "music"}, "cover", moving(bomb)),
        (f"/studio/media/{medium.public_id}/poster", {}, "picture", bomb),
    ):
        started = time.monotonic()
        answer = send(f"{web.url}{path}", wire_login, fields, name, picture)
        assert answer.status == 422, (path, answer)
        assert SENTENCE in str(answer.body), path
        assert time.monotonic() - started < 20, "a refusal needs no decoding"
    now, _ = web.memory_mb()
    assert now - before < MOST_MORE_MB
