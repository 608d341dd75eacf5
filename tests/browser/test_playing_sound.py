"""A song goes on while pages change; the bar moves it, remembers it, and shows it to the system."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.community import Community, Work
from tests.browser.sound import AUDIO, time_of, wait_for_sound, wait_until_it_moves


def play(page: Page, work: Work) -> None:
    """Press the work's button on the page and wait until it sounds."""
    page.get_by_role("button", name=f"Play {work.title}", exact=True).first.click()
    wait_for_sound(page)


def test_a_song_plays_on_through_navigation_back_and_forward(
    community: Community, open_page: Callable[..., Page]
) -> None:
    page = open_page(community.second_song.url)
    play(page, community.second_song)
    page.evaluate(f"() => {{ window.before = {AUDIO} }}")
    heard = time_of(page)

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Music", exact=True).click()
    expect(page).to_have_title("Music · Soundstage")
    heard = wait_until_it_moves(page, from_s=heard)
    page.go_back()
    expect(page).to_have_title("Day Ferry by Ada Lin · Soundstage")
    heard = wait_until_it_moves(page, from_s=heard)
    page.go_forward()
    expect(page).to_have_title("Music · Soundstage")
    wait_until_it_moves(page, from_s=heard)

    assert page.evaluate(f"() => window.before === {AUDIO}")


def test_the_queue_goes_to_the_next_and_back(community: Community, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{community.ada.url}/tracks")
    bar = page.get_by_role("region", name="Player")
    play(page, community.song)
    expect(bar.locator("[data-bar=title]")).to_have_text("Night Bus")

    bar.get_by_role("button", name="Next").click()
    expect(bar.locator("[data-bar=title]")).to_have_text("Day Ferry")
    wait_for_sound(page)
    expect(page.get_by_role("button", name="Pause Day Ferry", exact=True)).to_be_visible()

    bar.get_by_role("button", name="Previous").click()
    expect(bar.locator("[data-bar=title]")).to_have_text("Night Bus")
    wait_for_sound(page)


def test_one_song_follows_the_other_by_itself(community: Community, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{community.ada.url}/tracks")
    play(page, community.song)
    page.evaluate(f"() => {{ {AUDIO}.currentTime = 11 }}")
    expect(page.locator("[data-bar=title]")).to_have_text("Day Ferry")
    wait_for_sound(page)


def test_the_waveform_seeks_by_pointer_and_by_keyboard(community: Community, open_page: Callable[..., Page]) -> None:
    page = open_page(community.second_song.url)
    wave = page.get_by_role("slider", name="Seek in Day Ferry")
    expect(wave).to_be_visible()
    box = wave.bounding_box()
    assert box
    wave.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    wait_for_sound(page, beyond_s=15)
    assert time_of(page) < 22
    expect(wave).to_have_attribute("aria-valuetext", "15 seconds of 30 seconds", timeout=5_000)


def test_keys_on_the_waveform_seek(community: Community, open_page: Callable[..., Page]) -> None:
    page = open_page(community.second_song.url)
    play(page, community.second_song)
    wave = page.get_by_role("slider", name="Seek in Day Ferry")
    wave.focus()
    page.get_by_role("region", name="Player").get_by_role("button", name="Pause").click()
    wave.press("Home")
    page.wait_for_function(f"() => {AUDIO}.currentTime < 4")
    before = time_of(page)
    wave.press("ArrowRight")
    wait_for_sound(page, beyond_s=before + 4.9)
    wave.press("PageUp")
    wait_for_sound(page, beyond_s=before + 7.9)
    wave.press("ArrowLeft")
    page.wait_for_function(f"(s) => {AUDIO}.currentTime < s", arg=before + 7.9)


def test_the_volume_is_remembered(community: Community, open_page: Callable[..., Page]) -> None:
    page = open_page(community.song.url)
    play(page, community.song)
    volume = page.get_by_role("region", name="Player").get_by_role("slider", name="Volume")
    volume.fill("0.1")
    page.wait_for_function(f"() => {AUDIO}.volume < 0.1")
    page.reload()
    expect(volume).to_have_value("0.1")
    page.get_by_role("region", name="Player").get_by_role("button", name="Play", exact=True).click()
    wait_for_sound(page)
    assert page.evaluate(f"() => {AUDIO}.volume") < 0.1


def test_the_system_is_told_what_plays(community: Community, open_page: Callable[..., Page]) -> None:
    page = open_page(community.song.url)
    play(page, community.song)
    told = page.evaluate("""() => {
      const { metadata, playbackState } = navigator.mediaSession
      return [metadata.title, metadata.artist, metadata.artwork.length > 0, playbackState]
    }""")
    assert told == ["Night Bus", "Ada Lin", True, "playing"]


def test_another_device_goes_on_where_one_left_off(community: Community, open_page: Callable[..., Page]) -> None:
    page = open_page(community.second_song.url, community.cleo)
    play(page, community.second_song)
    page.evaluate(f"() => {{ {AUDIO}.currentTime = 12 }}")
    wait_for_sound(page, beyond_s=12.2)
    with page.expect_response(lambda answer: answer.url.endswith("/position") and answer.status == 204):
        page.get_by_role("region", name="Player").get_by_role("button", name="Pause").click()

    other = open_page("/", community.cleo)
    begun = other.get_by_role("region", name="Go on with").locator("article", has_text="Day Ferry")
    assert float(begun.locator("progress").get_attribute("value") or 0) >= 12_000
    begun.get_by_role("button", name="Play Day Ferry").click()
    wait_for_sound(other, beyond_s=12)
    assert time_of(other) < 20
