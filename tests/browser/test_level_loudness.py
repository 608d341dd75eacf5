"""All media sound equally loud, in both players, unless the listener would rather not."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from app.extensions import db
from app.media.models import Medium, Version
from tests.browser.community import Community, Work
from tests.browser.installation import Installation
from tests.browser.sound import AUDIO, VIDEO, wait_for_sound

WATCH_GAINS = """() => {
  const create = AudioContext.prototype.createGain
  window.gains = []
  AudioContext.prototype.createGain = function () {
    window.gains.push(create.call(this))
    return window.gains.at(-1)
  }
}"""
NEVER_RUNS = """() => {
  const Real = window.AudioContext
  window.AudioContext = class extends Real {
    get state() { return 'suspended' }
    resume() { return new Promise(() => undefined) }
  }
}"""
GAIN = "(window.gains.length ? window.gains.at(-1).gain.value : 1)"


@contextmanager
def gain_of(installation: Installation, work: Work, gain_db: float) -> Iterator[None]:
    """The work with that gain, and then with its own again."""
    found = select(Version.id).join(Medium, Medium.version_id == Version.id).where(Medium.public_id == work.public_id)

    def change(to: float) -> float:
        with installation.services():
            version_id = db.session.scalars(found).one()
            before = db.session.scalars(select(Version.gain_db).where(Version.id == version_id)).one()
            db.session.execute(update(Version).where(Version.id == version_id).values(gain_db=to))
            db.session.commit()
            return before

    own = change(gain_db)
    try:
        yield
    finally:
        change(own)


def start(page: Page, script: str, work: Work) -> None:
    """The work's page, with ``script`` run before any of its own, and its sound playing."""
    page.add_init_script(f"({script})()")
    page.goto(work.url)
    page.get_by_role("button", name=f"Play {work.title}", exact=True).first.click()


def level(page: Page) -> None:
    """Press the switch in the player's options."""
    bar = page.get_by_role("region", name="Player")
    bar.get_by_role("button", name="Speed and sleep timer").click()
    bar.get_by_role("switch", name="Level loudness").click()


def test_a_loud_song_is_turned_down_until_the_listener_says_no(
    community: Community, installation: Installation, open_page: Callable[..., Page]
) -> None:
    with gain_of(installation, community.second_song, -6.0):
        page = open_page("/")
        start(page, WATCH_GAINS, community.second_song)
        wait_for_sound(page)
        assert page.evaluate(f"{AUDIO}.volume") == pytest.approx(0.501, abs=0.002)
        assert page.evaluate("window.gains.length") == 0
        level(page)
        page.wait_for_function(f"() => {AUDIO}.volume === 1")
        page.reload()
        page.get_by_role("region", name="Player").get_by_role("button", name="Play", exact=True).click()
        wait_for_sound(page)
        assert page.evaluate(f"{AUDIO}.volume") == 1


def test_a_quiet_song_is_turned_up_by_what_its_peaks_leave_room_for(
    community: Community, installation: Installation, open_page: Callable[..., Page]
) -> None:
    with gain_of(installation, community.second_song, 6.0):
        page = open_page("/")
        start(page, WATCH_GAINS, community.second_song)
        wait_for_sound(page)
        page.wait_for_function(f"() => Math.abs({GAIN} - 1.995) < 0.01")
        assert page.evaluate(f"{AUDIO}.volume") == 1
        wait_for_sound(page, beyond_s=1)
        level(page)
        page.wait_for_function(f"() => {GAIN} === 1")


def test_where_sound_may_not_be_routed_it_plays_as_loud_as_the_volume_leaves_room(
    community: Community, installation: Installation, open_page: Callable[..., Page]
) -> None:
    with gain_of(installation, community.second_song, 6.0):
        page = open_page("/")
        start(page, NEVER_RUNS, community.second_song)
        wait_for_sound(page)
        assert page.evaluate(f"{AUDIO}.volume") == 1
        page.get_by_role("region", name="Player").get_by_role("slider", name="Volume").fill("0.5")
        page.wait_for_function(f"() => Math.abs({AUDIO}.volume - 0.25 * 1.995) < 0.01")
        wait_for_sound(page, beyond_s=1)


def test_a_film_is_levelled_too(
    community: Community, installation: Installation, open_page: Callable[..., Page]
) -> None:
    with gain_of(installation, community.film, 6.0):
        page = open_page("/")
        start(page, WATCH_GAINS, community.film)
        wait_for_sound(page, element=VIDEO)
        page.wait_for_function(f"() => Math.abs({GAIN} - 1.995) < 0.01")
        player = page.locator("[data-player=video]")
        player.hover()
        player.get_by_role("button", name="Settings").click()
        page.get_by_role("menuitem", name="Level loudness").click()
        page.get_by_role("menuitemradio", name="Off").click()
        page.wait_for_function(f"() => {GAIN} === 1")
        expect(player.get_by_role("slider", name="Volume")).to_have_value("1")
