"""Every address of a medium, asked by every kind of viewer, in every condition that a medium can be in.

What must come out stands in ``OTHERS`` and ``OWNER`` below, in words, and is not computed by the gate. A new route with
a medium's id, key or slug in it has to be added to ``ROUTES``, or the last test fails.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Session as AccountSession
from app.accounts.models import User
from app.core.clock import now
from app.core.pictures import Picture
from app.media.models import Caption, CaptionKind, Medium, ShareLink, Version, VersionState, Visibility
from tests.conftest import store_of
from tests.factories.media import add_version
from tests.functional.media.uploader import Uploader
from tests.harness.browser import Browser

SECRET = "the-right-secret"
_ANY = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
NEVER, ALWAYS, WITH_SECRET = "never", "always", "with the secret"

CONDITIONS: dict[str, dict[str, Any]] = {
    "public": {},
    "unlisted": {"visibility": "unlisted"},
    "private": {"visibility": "private"},
    "draft": {"published_at": None},
    "scheduled": {"published_at": None, "publish_at": now() + timedelta(days=1)},
    "run out": {"available_until": now() - timedelta(seconds=1)},
    "removed": {"state": "removed"},
    "withheld": {"withheld": True},
    "processing": {"state": "processing"},
}
OTHERS = {
    "public": ALWAYS, "unlisted": WITH_SECRET, "private": NEVER, "draft": NEVER, "scheduled": NEVER, "run out": NEVER,
    "removed": NEVER, "withheld": NEVER, "processing": ALWAYS,
}  # fmt: skip
"""Whether anybody but the owner sees and plays it. Staff is anybody: what they may see, they see elsewhere."""

LINK_OPENS = {"public", "unlisted", "private", "draft", "scheduled", "processing"}
"""What a named link opens; ``PLAYED_OBJECTS`` of what is not open to all by leading to the ticket of a play."""

OWNER = dict.fromkeys(CONDITIONS, ALWAYS) | {"removed": NEVER}
"""Whether its owner plays it. They see its page, its picture and the studio's pages of it in every condition."""

ANYBODY = frozenset({"other artist", "moderator", "admin"})
VIEWERS = ("stranger", "listener", "owner", "other artist", "moderator", "admin", "owner, session revoked")

OBJECTS = (
    "master.m3u8", "240p.m3u8", "240p-0000.mp4", "film.mp4", "peaks.json", "storyboard.vtt", "storyboard.jpg",
    "poster-1.jpg", "captions/{caption}.vtt", "captions/{caption}.m3u8",
)  # fmt: skip
ONE_OF_EACH = ("master.m3u8", "240p-0000.mp4", "captions/{caption}.vtt")
"""An object of each kind, for those whom the gate takes for anybody: their role is nowhere looked at."""
PLAYED_OBJECTS = {"240p.m3u8", "240p-0000.mp4", "film.mp4"}
PLAYED = ("/embed/media/{id}", "/media/{id}/embed", "/media/{id}/playback", "/media/{id}/download")
SEEN = (
    "/@owner/{slug}", "/pictures/{picture}/320.jpg", "/media/{id}/comments", "/media/{id}/moments", "/media/{id}/likes",
    "/media/{id}/reposts", "/media/{id}/chapters.json",
)  # fmt: skip
STUDIO = ("/studio/media/{id}", "/studio/media/{id}/progress", "/studio/media/{id}/links")
STUDIO_FORMS = {
    "details": 422, "visibility": 422, "poster": 422, "captions": 422, "delete": 422, "links": 422, "comments": 422,
    "chapters": 303,
    "secret": 303, "publish": 303, "unpublish": 303, "captions/{any}/delete": 303, "retry/{any}": 303,
}  # fmt: skip
"""With nothing filled in, what the owner is answered: something is missing, or it is done."""

ROUTES = {
    "machines.chapters", "machines.set_feed", "person_posts.post_show", "posts.post_edit", "posts.post_delete",
    "posts.version_index", "posts.poll_show", "posts.vote_create",
    "set_editors.change_index", "set_editors.change_undo", "set_editors.editor_delete", "set_editors.editor_index",
    "set_editors.editor_leave", "set_editors.invitation_create", "set_editors.invitation_delete",
    "set_editors.invitation_link_create", "set_editors.last_undo", "set_editors.presence_show",
    "delivery.public_object", "delivery.public_preflight", "delivery.restricted_object", "delivery.gate_check",
    "delivery.picture_file", "delivery.download",
    "plays.playback", "plays.position_update", "plays.history_delete", "site.medium_show", "site.embed_medium",
    "studio.medium_edit", "studio.medium_progress", "studio.details_update", "studio.visibility_update",
    "studio.secret_reset", "studio.medium_publish", "studio.medium_unpublish", "studio.poster_update",
    "studio.caption_create", "studio.caption_delete", "studio.chapters_update", "studio.task_retry",
    "reactions.reactions_show", "reactions.like_create", "reactions.like_delete", "reactions.like_index",
    "reactions.repost_create", "reactions.repost_delete", "reactions.repost_index",
    "studio.medium_delete", "studio_links.medium_links", "studio_links.set_links",
    "adding.membership_index", "adding.membership_update", "adding.membership_create", "adding.later_update",
    "adding.later_show",
    "embeds.embed_medium_builder", "embeds.embed_set", "embeds.embed_set_builder", "set_pages.set_show",
    "set_pages.set_edit", "sets.queue_show", "sets.cover_update", "sets.cover_delete", "sets.secret_reset",
    "sets.set_delete", "sets.item_create", "sets.item_delete", "sets.item_move", "sets.item_update",
    "comments.comment_index", "comments.comment_create", "comments.answer_new", "comments.comment_edit",
    "comments.comment_versions", "comments.comment_delete", "comments.comment_care_for", "moments.moment_index",
    "studio.comments_update",
}  # fmt: skip


ELSEWHERE = ("admin_", "reports.", "standing.")
"""Pages of staff, reports and decisions: who is let in there stands in tests/functional/web/matrix.txt."""


@dataclass(frozen=True)
class Question:
    """A request, and the only answers that are right."""

    method: str
    url: str
    right: frozenset[int]


@dataclass(frozen=True)
class Names:
    """What stands in the addresses of one medium."""

    condition: str
    id: str
    slug: str
    key: str
    picture: str
    caption: str
    token: str
    """Of a named link to it."""

    def pattern_of(self, url: str) -> str:
        """An address without what is this medium's own."""
        kept = {name: getattr(self, name) for name in ("id", "slug", "key", "picture", "caption", "token")}
        for name, value in kept.items():
            url = url.replace(value, f"{{{name}}}")
        return _ANY.sub("{any}", url)

    def __call__(self, pattern: str) -> str:
        return pattern.format(
            id=self.id, slug=self.slug, key=self.key, picture=self.picture, caption=self.caption, any=uuid4()
        )


def opens(word: str, secret: str | None) -> bool:
    return word == ALWAYS or (word == WITH_SECRET and secret == SECRET)


def statuses(*, allowed: bool, status: int = 200) -> frozenset[int]:
    return frozenset({status if allowed else 404})


def questions(names: Names, viewer: str) -> Iterator[Question]:
    """Everything that can be asked about a medium without changing it."""
    condition = names.condition
    is_owner = viewer == "owner"
    plays = OWNER[condition] if is_owner else OTHERS[condition]
    sees = ALWAYS if is_owner else OTHERS[condition]
    secrets = (None, SECRET, "wrong", "-") if condition in {"unlisted", "private"} else (None, SECRET)
    for name in ONE_OF_EACH if viewer in ANYBODY else OBJECTS:
        open_to_all = statuses(allowed=OTHERS[condition] == ALWAYS)
        yield Question("GET", names(f"/media/public/{{key}}/{name}"), open_to_all)
        if viewer == "stranger":  # a preflight carries nobody's cookie
            yield Question("OPTIONS", names(f"/media/public/{{key}}/{name}"), frozenset({204}))
        for secret in secrets:
            url = names(f"/media/restricted/{{key}}/{secret or '-'}/{name}")
            yield Question("GET", url, statuses(allowed=opens(plays, secret)))
    for secret in secrets:
        url = names(f"/media/gate/{{key}}/{secret or '-'}")
        yield Question("GET", url, frozenset({204 if opens(plays, secret) else 403}))
        query = f"?s={secret}" if secret else ""
        for pattern in PLAYED:
            nothing_to_load = condition == "processing" and pattern.endswith("download")
            allowed = opens(plays, secret) and not nothing_to_load
            yield Question("GET", names(pattern) + query, statuses(allowed=allowed))
        for pattern in SEEN:
            yield Question("GET", names(pattern) + query, statuses(allowed=opens(sees, secret)))
        position = names("/media/{id}/position") + query
        yield Question("POST", position, statuses(allowed=opens(plays, secret), status=204))
    if viewer in {"stranger", "listener", "owner"}:
        yield from questions_by_link(names, is_owner=is_owner)
    to_log_in = frozenset({401})
    for pattern in STUDIO:
        right = to_log_in if is_anonymous(viewer) else statuses(allowed=is_owner)
        yield Question("GET", names(pattern), right)
    for action in STUDIO_FORMS if not is_owner else ():
        url = names(f"/studio/media/{{id}}/{action}")
        yield Question("POST", url, to_log_in if is_anonymous(viewer) else statuses(allowed=False))
    history = to_log_in if is_anonymous(viewer) else frozenset({303})  # it says nothing of what there is
    yield Question("POST", names("/library/history/{id}/delete"), history)


def questions_by_link(names: Names, *, is_owner: bool) -> Iterator[Question]:
    """What a named link opens, to anyone; owners need none."""
    condition, token = names.condition, names.token
    plays = condition in LINK_OPENS or (is_owner and OWNER[condition] == ALWAYS)
    sees = condition in LINK_OPENS or is_owner
    for name in OBJECTS:
        leads_on = name in PLAYED_OBJECTS and OTHERS[condition] != ALWAYS and not is_owner
        right = statuses(allowed=plays, status=302 if leads_on else 200)
        yield Question("GET", names(f"/media/restricted/{{key}}/{token}/{name}"), right)
    at_once = plays and (is_owner or OTHERS[condition] == ALWAYS)
    yield Question("GET", names(f"/media/gate/{{key}}/{token}"), frozenset({204 if at_once else 403}))
    for pattern in PLAYED:
        is_download = pattern.endswith("download")
        allowed = plays and not (is_download and condition == "processing")
        right = statuses(allowed=allowed, status=302 if is_download and not at_once else 200)
        yield Question("GET", f"{names(pattern)}?s={token}", right)
    for pattern in SEEN:
        yield Question("GET", f"{names(pattern)}?s={token}", statuses(allowed=sees))
    yield Question("POST", f"{names('/media/{id}/position')}?s={token}", statuses(allowed=plays, status=204))
    yield Question("GET", f"/share/{token}", statuses(allowed=sees, status=302))


def is_anonymous(viewer: str) -> bool:
    return viewer in {"stranger", "owner, session revoked"}


@pytest.fixture
def owner(make_person: Callable[..., User]) -> User:
    return make_person(role="artist", username="owner")


@pytest.fixture
def make_names(
    app: Flask, owner: User, make_medium: Callable[..., Medium], db_session: Session
) -> Callable[[str], Names]:
    """``make_names(condition)``: a film in that condition, all its objects in storage."""

    def make(condition: str) -> Names:
        values = {"state": "ready", "visibility": "public", "link_secret": SECRET, **CONDITIONS[condition]}
        is_processing = condition == "processing"
        medium = make_medium(
            owner, "video", files=True, artwork=True, downloads_allowed=True, with_version=not is_processing, **values
        )
        if is_processing:
            add_version(db_session, store_of(app), medium, state=VersionState.PROCESSING, files=True)
        caption = Caption(
            medium_id=medium.id, language="en", label="English", kind=CaptionKind.CAPTIONS, webvtt="WEBVTT\n"
        )
        db_session.add(caption)
        db_session.commit()
        key = db_session.scalars(select(Version.delivery_key).where(Version.medium_id == medium.id)).one()
        link = ShareLink(owner_id=owner.id, medium_id=medium.id, recipient="whoever")
        db_session.add(link)
        db_session.commit()
        picture = db_session.get_one(Picture, medium.artwork_id)
        return Names(condition, medium.public_id, medium.slug, key, picture.key, str(caption.id), link.token)

    return make


@pytest.fixture
def viewers(
    owner: User,
    client: Browser,
    make_person: Callable[..., User],
    uploader_of: Callable[..., Uploader],
    db_session: Session,
) -> dict[str, Uploader]:
    """A browser for each kind of viewer, each with a token that its forms carry."""
    revoked = uploader_of(owner)
    for session in db_session.scalars(select(AccountSession)):
        session.revoked_at = now()
    db_session.commit()
    people = {
        "stranger": Uploader(client),
        "listener": uploader_of(make_person(role="listener")),
        "owner": uploader_of(owner),
        "other artist": uploader_of(make_person(role="artist")),
        "moderator": uploader_of(make_person(role="moderator")),
        "admin": uploader_of(make_person(role="admin")),
        "owner, session revoked": revoked,
    }
    assert tuple(people) == VIEWERS
    return people


def ask(viewer: Uploader, question: Question) -> int:
    headers = {"X-CSRFToken": viewer.token, "Accept": "application/json"}  # a refusal in JSON costs a fifth of a page
    if question.method == "POST":
        said = {"position_ms": 1000} if question.url.partition("?")[0].endswith("/position") else None
        return viewer.browser.post(question.url, json=said, headers=headers).status_code
    return viewer.browser.open(question.url, method=question.method, headers=headers, buffered=True).status_code


class Pairwise:
    """Of two thousand questions a quarter: every pair of an address, a condition, a viewer and an answer is among them.

    That each rule holds for the whole product is decided where no request is needed, in tests/unit/media/test_gate.py;
    here each address is seen to ask for it: in every condition, for every viewer, once closed and once open.
    """

    def __init__(self) -> None:
        self._seen: set[tuple[str, str]] = set()
        self.met = 0

    def wants(self, names: Names, viewer: str, question: Question) -> bool:
        """Whether a question holds a pair that no earlier one held."""
        self.met += 1
        address, right = f"{question.method} {names.pattern_of(question.url)}", str(sorted(question.right))
        pairs = {
            (address, names.condition), (address, viewer), (address, right), (names.condition, viewer),
            (viewer, right), (f"{names.condition} {viewer}", right),
        }  # fmt: skip
        is_new = not pairs <= self._seen
        self._seen |= pairs
        return is_new


def test_every_address_answers_every_viewer_as_the_table_says(
    viewers: dict[str, Uploader], make_names: Callable[[str], Names]
) -> None:
    wrong, asked, sample = [], 0, Pairwise()
    for condition in CONDITIONS:
        names = make_names(condition)
        for viewer, browser in viewers.items():
            for question in questions(names, viewer):
                if not sample.wants(names, viewer, question):
                    continue
                status = ask(browser, question)
                asked += 1
                if status not in question.right:
                    right = sorted(question.right)
                    wrong.append(f"{condition}, {viewer}: {question.method} {question.url} said {status}, not {right}")
    assert wrong == []
    assert sample.met > 2000
    assert asked > 500


def test_the_owner_reaches_every_form_in_every_condition(
    viewers: dict[str, Uploader], make_names: Callable[[str], Names]
) -> None:
    wrong = []
    for condition in CONDITIONS:
        names = make_names(condition)
        for action, status in STUDIO_FORMS.items():
            url = names(f"/studio/media/{{id}}/{action}")
            said = ask(viewers["owner"], Question("POST", url, frozenset()))
            if said != status:
                wrong.append(f"{condition}: POST {url} said {said}, not {status}")
    assert wrong == []


def test_nobody_but_the_owner_loads_a_file_down_that_is_not_for_it(
    viewers: dict[str, Uploader], owner: User, make_medium: Callable[..., Medium]
) -> None:
    medium = make_medium(owner, files=True, downloads_allowed=False)
    url = f"/media/{medium.public_id}/download"
    said = {viewer: browser.browser.get(url, buffered=True).status_code for viewer, browser in viewers.items()}
    assert said == {viewer: 200 if viewer == "owner" else 404 for viewer in VIEWERS}
    assert "/download" not in viewers["listener"].browser.get(f"/@owner/{medium.slug}").text


def test_nobody_finds_the_secret_of_what_is_unlisted_in_any_page(
    viewers: dict[str, Uploader], owner: User, make_medium: Callable[..., Medium]
) -> None:
    make_medium(owner, visibility="unlisted", link_secret=SECRET, title="Hidden thing")
    pages = ("/", "/music", "/@owner", "/@owner/tracks", "/search?q=hidden")
    for viewer, browser in viewers.items():
        text = "".join(browser.browser.get(page).text for page in pages)
        assert SECRET not in text, viewer
        assert "Hidden thing" not in text, viewer


def test_every_route_to_a_medium_is_in_the_matrix(app: Flask) -> None:
    found = {rule.endpoint for rule in app.url_map.iter_rules() if rule.arguments & {"public_id", "key", "slug"}}
    found -= {name for name in found if name.startswith(ELSEWHERE)}
    assert found == ROUTES
    posts = {
        rule.rule.removeprefix("/studio/media/<public_id>/")
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/studio/media/<public_id>/") and "POST" in (rule.methods or ())
    }
    assert len(posts) == len(STUDIO_FORMS)
    assert set(Visibility) == {"public", "unlisted", "private"}, "a new visibility needs a condition of its own"
