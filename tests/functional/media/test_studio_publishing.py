"""For whom a work is, and when: drafts, schedules, secrets; and addresses that die with the access."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.clock import now
from app.core.events import OutboxEntry
from app.core.pictures import Picture
from app.extensions import db
from app.media.jobs import place_files
from app.media.making import runner
from app.media.making.work import Keep, Work
from app.media.models import Medium, MediumState, TaskKind, Version, Visibility
from app.media.services import publishing
from tests.conftest import store_of
from tests.factories import media_files
from tests.functional.media.studio import Studio
from tests.functional.media.uploader import Uploader
from tests.harness.browser import Browser


def post(ana: Uploader, medium: Medium, action: str, data: dict[str, Any] | None = None) -> Any:
    said = {"csrf_token": ana.token, **(data or {})}
    return ana.browser.post(f"/studio/media/{medium.public_id}/{action}", data=said)


def visible(ana: Uploader, medium: Medium, visibility: str, **more: Any) -> Any:
    return post(ana, medium, "visibility", {"visibility": visibility, **more})


def in_form(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")


def events(session: Session) -> list[str]:
    return list(session.scalars(select(OutboxEntry.name).order_by(OutboxEntry.id)))


# Drafts and schedules -------------------------------------------------------------------------------------------------


def test_a_draft_is_published_taken_back_and_published_again(
    ana: Uploader, artist: User, client: Browser, make_medium: Callable[..., Medium], db_session: Session
) -> None:
    medium = make_medium(artist, published_at=None)
    page = f"/@ana/{medium.slug}"
    assert client.get(page).status_code == 404
    assert post(ana, medium, "publish").status_code == 303
    assert client.get(page).status_code == 200
    assert medium.title in client.get("/@ana").text
    db_session.refresh(medium)
    first = medium.published_at
    assert post(ana, medium, "publish").status_code == 303
    db_session.refresh(medium)
    assert medium.published_at == first, "published is published"
    assert events(db_session).count("MediumPublished") == 1
    assert post(ana, medium, "unpublish").status_code == 303
    assert client.get(page).status_code == 404
    assert medium.title not in client.get("/@ana").text
    assert post(ana, medium, "publish").status_code == 303
    assert client.get(page).status_code == 200


def test_what_is_scheduled_comes_out_when_it_is_due(
    ana: Uploader, artist: User, app: Flask, client: Browser, make_medium: Callable[..., Medium], db_session: Session
) -> None:
    medium = make_medium(artist, published_at=None)
    assert visible(ana, medium, "public", publish_at=in_form(now() + timedelta(hours=1))).status_code == 303
    with app.app_context():
        assert list(publishing.publish_due()) == []
    db_session.refresh(medium)
    assert medium.publish_at is not None
    assert abs(medium.publish_at - now() - timedelta(hours=1)) < timedelta(minutes=2)
    medium.publish_at = now() - timedelta(seconds=1)
    db_session.commit()
    with app.app_context():
        assert list(publishing.publish_due()) == [medium.id]
        db.session.commit()
        assert list(publishing.publish_due()) == []
    db_session.refresh(medium)
    assert medium.publish_at is None
    assert medium.listed
    assert client.get(f"/@ana/{medium.slug}").status_code == 200


def test_what_failed_is_not_published_by_its_schedule(
    artist: User, app: Flask, make_medium: Callable[..., Medium], db_session: Session
) -> None:
    past = now() - timedelta(seconds=1)
    medium = make_medium(artist, state="failed", with_version=False, published_at=None, publish_at=past)
    with app.app_context():
        publishing.publish_due()
        db.session.commit()
    db_session.refresh(medium)
    assert (medium.published_at, medium.publish_at) == (None, None)


@pytest.mark.parametrize(
    ("publish_at", "available_until", "sentence"),
    [
        (-60, None, "That time is over."),
        (None, -60, "until a time that is still to come"),
        (120, 60, "until a time that is still to come"),
    ],
)
def test_times_that_make_no_sense_are_refused_and_nothing_changes(
    ana: Uploader, artist: User, make_medium: Callable[..., Medium], db_session: Session,
    publish_at: int | None, available_until: int | None, sentence: str,
) -> None:  # fmt: skip
    medium = make_medium(artist, published_at=None)
    times = {"publish_at": publish_at, "available_until": available_until}
    said = {name: in_form(now() + timedelta(minutes=at)) for name, at in times.items() if at is not None}
    answer = visible(ana, medium, "private", **said)
    assert answer.status_code == 422
    assert sentence in answer.text
    db_session.refresh(medium)
    assert (medium.visibility, medium.publish_at, medium.available_until) == (Visibility.PUBLIC, None, None)
    assert visible(ana, medium, "everyone").status_code == 422


def test_what_has_run_out_is_closed_at_once_and_leaves_the_listings(
    artist: User, app: Flask, client: Browser, make_medium: Callable[..., Medium], db_session: Session,
    settle: Callable[[], None],
) -> None:  # fmt: skip
    medium = make_medium(artist, files=True)
    version = db_session.get_one(Version, medium.version_id)
    old = f"/media/public/{version.delivery_key}/sound.m4a"
    assert client.get(old, buffered=True).status_code == 200
    db_session.execute(update(Medium).values(available_until=now()))
    db_session.commit()
    assert client.get(old).status_code == 404
    with app.app_context():
        assert list(publishing.retire_run_out()) == [medium.id]
        db.session.commit()
    assert medium.title not in client.get("/@ana").text
    settle()
    assert store_of(app).list_objects(version.storage_prefix) == []


def test_listings_agree_with_the_gate_after_any_sequence_of_changes(
    artist: User, app: Flask, make_medium: Callable[..., Medium]
) -> None:
    medium_id = make_medium(artist, published_at=None).id
    chance = random.Random(11)  # noqa: S311 - a sequence, no secret
    soon, past = timedelta(days=1), timedelta(seconds=-1)

    def change(medium: Medium) -> None:
        match chance.randrange(8):
            case 0:
                publishing.publish_medium(medium)
            case 1:
                publishing.unpublish_medium(medium)
            case 2 | 3:
                until = chance.choice([None, now() + 2 * soon])
                wanted = chance.choice(list(Visibility))
                publishing.set_visibility(medium, wanted, publish_at=now() + soon, available_until=until)
            case 4:
                medium.available_until = now() + past
                publishing.retire_run_out()
            case 5:
                medium.publish_at = now() + past
                publishing.publish_due()
            case 6:
                publishing.withhold_media_of(artist.id, withheld=chance.random() < 0.5)
            case 7:
                publishing.reset_secret(medium)

    seen = set()
    with app.app_context():
        for _ in range(150):
            medium = db.session.get_one(Medium, medium_id, populate_existing=True)
            change(medium)
            db.session.flush()
            moment = now()
            published = medium.published_at is not None and medium.published_at <= moment
            running = medium.available_until is None or medium.available_until > moment
            open_to_all = medium.visibility == "public" and published and running and not medium.withheld
            assert medium.listed == open_to_all
            assert (medium.visibility != "unlisted") or medium.link_secret
            seen.add(open_to_all)
        db.session.rollback()
    assert seen == {True, False}


# Addresses that die ---------------------------------------------------------------------------------------------------


def test_what_becomes_private_is_gone_from_its_public_addresses_at_once_and_its_files_move(
    ana: Uploader, artist: User, app: Flask, client: Browser, make_medium: Callable[..., Medium], db_session: Session,
    settle: Callable[[], None],
) -> None:  # fmt: skip
    medium = make_medium(artist, "video", files=True, artwork=True)
    version = db_session.get_one(Version, medium.version_id)
    picture = db_session.get_one(Picture, medium.artwork_id)
    old_prefix, old_picture, store = version.storage_prefix, picture.storage_prefix, store_of(app)
    names = {one.key.removeprefix(old_prefix) for one in store.list_objects(old_prefix)}
    urls = [f"/media/public/{version.delivery_key}/film.mp4", f"/pictures/{picture.key}/320.jpg"]
    assert [client.get(url, buffered=True).status_code for url in urls] == [200, 200]

    assert visible(ana, medium, "private").status_code == 303

    assert [client.get(url).status_code for url in urls] == [404, 404], "before any job ran"
    said = ana.browser.get(f"/media/{medium.public_id}/playback").json
    assert isinstance(said, dict)
    assert ana.browser.get(said["progressive"], buffered=True).status_code == 200, "the owner goes on"
    settle()
    db_session.expire_all()
    assert version.storage_prefix != old_prefix
    assert picture.storage_prefix != old_picture
    assert store.list_objects(old_prefix) == store.list_objects(old_picture) == []
    assert {one.key.removeprefix(version.storage_prefix) for one in store.list_objects(version.storage_prefix)} == names
    assert len(store.list_objects(picture.storage_prefix)) == 4
    again = ana.browser.get(f"/media/{medium.public_id}/playback").json
    assert isinstance(again, dict)
    assert again["progressive"] != said["progressive"]
    assert ana.browser.get(again["progressive"], buffered=True).status_code == 200
    assert ana.browser.get(again["artwork"]["src"], buffered=True).status_code == 200
    assert ana.browser.get(said["progressive"]).status_code == 404
    assert client.get(again["progressive"]).status_code == 404


def test_what_is_public_again_before_its_files_moved_keeps_them(
    ana: Uploader, artist: User, make_medium: Callable[..., Medium], db_session: Session, settle: Callable[[], None]
) -> None:
    medium = make_medium(artist, files=True)
    version = db_session.get_one(Version, medium.version_id)
    key = version.delivery_key
    visible(ana, medium, "private")
    visible(ana, medium, "public")
    settle()
    db_session.refresh(version)
    assert version.delivery_key == key


def test_a_new_secret_link_kills_the_old_one_everywhere(
    ana: Uploader, artist: User, client: Browser, make_medium: Callable[..., Medium], db_session: Session,
    settle: Callable[[], None],
) -> None:  # fmt: skip
    medium = make_medium(artist, files=True)
    assert visible(ana, medium, "unlisted").status_code == 303
    settle()
    db_session.refresh(medium)
    secret = medium.link_secret
    assert secret is not None
    assert len(secret) >= 22
    page = f"/@ana/{medium.slug}"
    said = client.get(f"/media/{medium.public_id}/playback?s={secret}").json
    assert isinstance(said, dict)
    old = [f"{page}?s={secret}", said["hls"], said["progressive"], f"/embed/media/{medium.public_id}?s={secret}"]
    assert [client.get(url, buffered=True).status_code for url in old] == [200] * 4
    assert [client.get(url).status_code for url in (page, f"{page}?s=wrong")] == [404] * 2
    assert secret in ana.browser.get(f"/studio/media/{medium.public_id}").text

    assert post(ana, medium, "secret").status_code == 303

    assert [client.get(url).status_code for url in old] == [404] * 4, "before any job ran"
    db_session.refresh(medium)
    assert medium.link_secret != secret
    settle()
    assert client.get(f"{page}?s={medium.link_secret}").status_code == 200
    fresh = client.get(f"/media/{medium.public_id}/playback?s={medium.link_secret}").json
    assert isinstance(fresh, dict)
    assert client.get(fresh["progressive"], buffered=True).status_code == 200


def test_a_new_secret_does_not_move_what_is_public(
    ana: Uploader, artist: User, make_medium: Callable[..., Medium], db_session: Session, settle: Callable[[], None]
) -> None:
    medium = make_medium(artist, files=True)
    key = db_session.get_one(Version, medium.version_id).delivery_key
    assert post(ana, medium, "secret").status_code == 303
    settle()
    db_session.expire_all()
    assert db_session.get_one(Version, medium.version_id).delivery_key == key


def test_what_becomes_private_while_it_is_made_ends_up_under_its_new_key_alone(
    studio: Studio, settle: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    public_id = studio.upload(media_files.sound("mp3"))
    medium, browser = studio.medium(public_id), studio.uploader.browser
    post(studio.uploader, medium, "publish")
    assert studio.step()
    old_prefix = studio.version(public_id).storage_prefix
    real = runner.STEPS[TaskKind.AUDIO]

    def restricted_meanwhile(work: Work) -> Keep:
        url, said = (
            f"/studio/media/{public_id}/visibility",
            {"visibility": "private", "csrf_token": studio.uploader.token},
        )
        with ThreadPoolExecutor(1) as elsewhere:  # where no application context is
            elsewhere.submit(browser.post, url, data=said).result()
            elsewhere.submit(move_keys, studio.app, medium).result()
        return real(work)  # which stores under the key that it was given

    monkeypatch.setitem(runner.STEPS, TaskKind.AUDIO, restricted_meanwhile)
    studio.steps()
    settle()
    version = studio.version(public_id)
    assert studio.medium(public_id).state is MediumState.READY
    assert version.storage_prefix != old_prefix
    assert studio.objects(old_prefix) == []
    assert len(studio.objects(version.storage_prefix)) == 3
    said = studio.playback(public_id)
    assert browser.get(said["progressive"], buffered=True).status_code == 200


def move_keys(app: Flask, medium: Medium) -> None:
    with app.app_context():
        place_files(str(medium.id))
        db.session.remove()
