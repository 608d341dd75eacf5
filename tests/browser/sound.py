"""What the players do, as seen through their elements."""

from playwright.sync_api import Page

AUDIO = "document.querySelector('#player-bar audio')"
VIDEO = "document.querySelector('[data-player=video] video')"


def wait_for_sound(page: Page, *, beyond_s: float = 0.3, element: str = AUDIO) -> None:
    """Until the element plays and is past that second."""
    page.wait_for_function(
        f"(s) => {{ const e = {element}; return e && !e.paused && e.currentTime > s }}", arg=beyond_s
    )


def time_of(page: Page, element: str = AUDIO) -> float:
    """Its ``currentTime`` in seconds."""
    return float(page.evaluate(f"() => {element}.currentTime"))


def wait_until_it_moves(page: Page, element: str = AUDIO, *, from_s: float | None = None) -> float:
    """Until the element has played half a second more than ``from_s`` (now); returns where it is then."""
    wait_for_sound(page, beyond_s=(time_of(page, element) if from_s is None else from_s) + 0.5, element=element)
    return time_of(page, element)


def wait_for_frames(page: Page, count: int = 10, element: str = VIDEO) -> None:
    """Until that many more frames have been decoded, while time goes on."""
    frames = f"{element}.getVideoPlaybackQuality().totalVideoFrames"
    before = page.evaluate(f"() => {frames}")
    page.wait_for_function(f"(wanted) => {frames} >= wanted", arg=before + count)
    wait_until_it_moves(page, element)
