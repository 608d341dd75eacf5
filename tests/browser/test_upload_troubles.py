"""What the upload page does when the server has no room, when a line goes silent, and when somebody is too quick."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.accounts.services.passwords import hash_password
from tests.browser import recordings
from tests.browser.community import Community, Person
from tests.browser.conftest import PATIENCE_MS, log_in
from tests.browser.installation import Installation
from tests.browser.watch import Troubles
from tests.factories.people import PASSWORD, add_person
from tests.harness.engines import Engines
from tests.harness.web_process import WebProcess, may_mount

DISK_MB = 60
NO_ROOM = "There is no room for this file here at the moment. The operators can see that; please try again later."
DROPPED = """(name) => {
  const transfer = new DataTransfer()
  transfer.items.add(new File([new Uint8Array(3000)], name, { type: 'audio/wav' }))
  const fall = (type) => {
    const event = new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer })
    document.querySelector('main').dispatchEvent(event)
    return event.defaultPrevented
  }
  return [fall('dragover'), fall('drop')]
}"""


@pytest.fixture(scope="module")
def large(recorded: Path) -> Path:
    """A file of four parts."""
    return recordings.large_song(recorded, "wide take")


# A full disk ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small(
    engines: Engines, installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WebProcess]:
    """A web process with a disk of 60 MB, a database of its own, and one artist: fay."""
    if not may_mount():
        pytest.skip("NOT RUN: this kernel does not let us mount a tmpfs in a namespace of our own")
    folder = tmp_path_factory.mktemp("small-disk")
    name, url = engines.new_database()
    with installation.app.app_context():
        password_digest = hash_password(PASSWORD)
    engine = create_engine(url)
    with Session(engine) as session:
        add_person(session, password_digest=password_digest, role="artist", username="fay", display_name="Fay")
    engine.dispose()
    web = WebProcess(folder, disk_mb=DISK_MB)
    web.start({
        "DATA_DIR": str(folder / "data"), "SECRET_KEY": "made up for browser tests", "DATABASE_URL": url,
        "REDIS_URL": engines.redis_url, "BCRYPT_COST": "4", "PART_SIZE_MB": "5", "DISK_HEADROOM_MB": "0",
        "LOG_LEVEL": "WARNING",
    })  # fmt: skip
    yield web
    web.stop()
    engines.drop_database(name)


@pytest.fixture
def fill(small: WebProcess) -> Iterator[Callable[[bool], None]]:
    """``fill(True)``: not a byte is left; ``fill(False)``: there is room again."""
    filler = small.disk / "filler"

    def do(full: bool) -> None:  # noqa: FBT001 - full or not
        assert shutil.disk_usage(small.disk).total == DISK_MB * 1024 * 1024, "this is another disk"
        filler.unlink(missing_ok=True)
        if full:
            with filler.open("wb", buffering=0) as file, suppress(OSError):
                while True:
                    file.write(bytes(64 * 1024))

    yield do
    do(False)


@pytest.fixture
def open_small(small: WebProcess, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """``open_small("/upload")``: a page of the place with the small disk, as fay."""
    made = []

    def make(address: str, *, scripts: bool = True) -> Page:
        context = chromium.new_context(base_url=small.url, java_script_enabled=scripts)
        context.set_default_timeout(PATIENCE_MS)
        made.append(context)
        log_in(context, Person("fay", "Fay"))
        page = context.new_page()
        page.goto(address)
        return page

    yield make
    for context in made:
        context.close()


def state_of(page: Page, state: str) -> None:
    expect(page.locator(f".upload[data-state={state}]")).to_be_visible()


def test_a_full_disk_is_said_in_words_and_tried_again_only_when_the_person_says_so(
    large: Path, open_small: Callable[..., Page], fill: Callable[[bool], None]
) -> None:
    page = open_small("/upload")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method != "GET" else None)
    fill(True)
    page.get_by_label("Files").set_input_files(large)
    state_of(page, "failed")
    expect(page.locator("[data-upload=error]")).to_have_text(NO_ROOM)
    page.wait_for_timeout(1500)
    assert len(asked) == 1, "it was tried again by itself"

    fill(False)

    def fill_up_first(route: Route) -> None:
        fill(True)
        route.continue_()

    page.route("**/uploads/*/parts", fill_up_first, times=1)
    page.get_by_role("button", name="Try again").click()
    state_of(page, "failed")
    expect(page.locator("[data-upload=error]")).to_have_text(NO_ROOM)
    asked.clear()
    page.wait_for_timeout(1500)
    assert asked == []

    fill(False)
    page.get_by_role("button", name="Try again").click()
    state_of(page, "done")


def test_a_full_disk_is_said_on_a_page_to_who_runs_no_script(
    large: Path, open_small: Callable[..., Page], fill: Callable[[bool], None]
) -> None:
    page = open_small("/upload", scripts=False)
    fill(True)
    page.get_by_label("Files").set_input_files(large)
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.get_by_text(NO_ROOM)).to_be_visible()


# A silent line --------------------------------------------------------------------------------------------------------


def test_a_line_that_goes_silent_is_given_up_and_the_part_sent_again(
    large: Path, community: Community, open_page: Callable[..., Page], troubles: Troubles
) -> None:
    troubles.expect("ERR_ABORTED|ERR_FAILED")
    page = open_page("", community.ben)
    page.clock.install()
    page.goto("/upload")
    held: list[Route] = []
    page.route("**/uploads/parts/*", lambda route: held.append(route), times=1)  # noqa: PLW0108 - no builtin is taken
    page.get_by_label("Files").set_input_files(large)
    page.wait_for_function("() => document.querySelector('.upload > progress')?.value > 60")
    assert len(held) == 1
    expect(page.locator(".upload[data-state=sending]")).to_be_visible()
    page.clock.pause_at(
        datetime.fromtimestamp(page.evaluate("Date.now()") / 1000 + 1, UTC)
    )  # the next try waits for us
    page.clock.fast_forward(46_000)
    expect(page.get_by_text("The connection was lost. Trying again…")).to_be_visible()
    page.clock.fast_forward(5_000)
    page.clock.resume()
    state_of(page, "done")


# Too quick ------------------------------------------------------------------------------------------------------------


def test_a_file_that_falls_before_the_scripts_are_there_is_kept_for_them(
    community: Community, open_page: Callable[..., Page], troubles: Troubles
) -> None:
    troubles.expect("422.*/confirm")  # it is full of zeros
    page = open_page("", community.ben)
    held: list[Route] = []
    page.route("**/js/app.js*", lambda route: held.append(route))  # noqa: PLW0108 - no builtin is taken
    page.goto("/upload", wait_until="commit")
    page.locator("[data-uploader=drop]").wait_for()
    assert page.evaluate(DROPPED, "quick.wav") == [True, True], "the browser would go to the file"
    expect(page.locator(".upload")).to_have_count(0)
    for route in held:
        route.continue_()
    expect(page.locator(".upload__name")).to_have_text("quick.wav")
    assert page.url.endswith("/upload")


def test_a_file_that_falls_on_any_other_page_does_not_lead_away_from_it(
    community: Community, open_page: Callable[..., Page]
) -> None:
    page = open_page("/", community.ben)
    page.wait_for_function("() => window.earlyFiles")
    assert page.evaluate(DROPPED, "stray.wav") == [True, True]
    page.get_by_role("link", name="Upload").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Upload")
    expect(page.locator("[data-uploader=input]")).to_be_attached()
    expect(page.locator(".upload")).to_have_count(0)
