"""Tests ten acts in the life of a shop, in a real browser: the pages at the moment of each alert, and after.

The first sentence names the cause in the alert, every firing, muted or resolved item is shown as such, and nothing on
the page contradicts it: in light and dark, on desktop and phone.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from reports.incidents import CAUSES, Incident
from tests.support.dataflow.quality.feeds import Spoil
from tests.support.dataflow.quality.played_shop import shop
from tests.support.dataflow.quality.quality_play import QualityPlay
from tests.support.dataflow.quality.spoiled_events import as_text, of_xx, tripled, without_a_fifth
from tests.support.factories.definitions import MINUTE, SECOND
from tests.support.services.accessibility import violations
from tests.support.services.browser import expect_drawn, new_context
from tests.support.services.redis_server import RedisServer
from tests.support.services.staged_play import Stage, staged

LOOKS = {"light": (1280, 900), "dark": (1280, 900), "phone": (360, 740)}
Scene = str
Act = Callable[[QualityPlay, Path], Iterator[Scene]]
CALM, TOLD, STOPPED, OVER = "calm", "told", "stopped", "over"


def calm_hour(play: QualityPlay, _: Path) -> Iterator[Scene]:
    play.play(3 * MINUTE)
    yield CALM


def dead_feed(play: QualityPlay, _: Path) -> Iterator[Scene]:
    play.feeds["orders"].on = False
    play.play(20 * MINUTE, lambda: bool(play.told))
    yield TOLD
    play.play(4 * MINUTE)
    yield TOLD


def feed_comes_back(play: QualityPlay, _: Path) -> Iterator[Scene]:
    play.feeds["orders"].on = False
    play.play(4 * MINUTE)
    play.feeds["orders"].on = True
    play.play(1 * MINUTE)
    yield OVER


def spoiled(how: Spoil, calm_again: int) -> Act:
    """Changes events until the alert and a bit longer; after some minutes all is over."""

    def act(play: QualityPlay, _: Path) -> Iterator[Scene]:
        play.feeds["orders"].spoil = how
        play.play(15 * MINUTE, lambda: bool(play.told))
        yield TOLD
        play.play(2 * MINUTE)
        play.feeds["orders"].spoil = None
        assert play.play(
            calm_again * MINUTE, lambda: all(incident.state == "resolved" for incident in play.incidents.values())
        )
        yield OVER

    return act


def hot_storm(play: QualityPlay, _: Path) -> Iterator[Scene]:
    play.feeds["orders"].storm = 60
    play.play(2 * MINUTE)
    yield CALM


def killed(play: QualityPlay, _: Path) -> Iterator[Scene]:
    snapshots = play.stop()
    play.play(MINUTE)
    yield STOPPED
    play.resume(snapshots)
    yield TOLD
    play.play(2 * MINUTE)
    yield OVER


def deployed(play: QualityPlay, folder: Path) -> Iterator[Scene]:
    snapshots = play.stop()
    play.play(20 * SECOND)
    play.resume(snapshots, shop(folder, orders_10m={"version": 2, "aggregation": "count", "filter": "amount > 0"}))
    play.play(2 * MINUTE)
    yield CALM


ACTS: dict[str, Act] = {
    "calm hour": calm_hour,
    "feed dies": dead_feed,
    "feed dies and comes back": feed_comes_back,
    "amounts x3": spoiled(tripled, 30),
    "new category": spoiled(of_xx, 12),
    "nulls of a fifth": spoiled(without_a_fifth, 25),
    "schema change": spoiled(as_text, 5),
    "hot entities": hot_storm,
    "killed for a minute": killed,
    "changed feature": deployed,
}


@pytest.fixture(scope="module")
def specs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("specs")


@pytest.fixture(scope="module")
def rehearsal(specs: Path) -> QualityPlay:
    """Plays the shop for a while without faults."""
    play = QualityPlay(shop(specs), seed=11)
    play.play(35 * MINUTE)
    return play


@pytest.fixture(scope="module")
def stage(redis_server: RedisServer, specs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with staged(redis_server, tmp_path_factory.mktemp("stage"), specs) as stage:
        yield stage


@pytest.fixture(scope="module")
def windows(chromium: Browser) -> Iterator[dict[str, Page]]:
    """Opens a page for each look; an error of a script on one of them fails."""
    errors: list[str] = []
    pages = {}
    for look, (width, height) in LOOKS.items():
        pages[look] = new_context(chromium, viewport={"width": width, "height": height}).new_page()
        pages[look].emulate_media(color_scheme="dark" if look == "dark" else "light")
        pages[look].on("pageerror", lambda error: errors.append(str(error)))
    yield pages
    for page in pages.values():
        page.context.close()
    assert errors == []


@pytest.mark.parametrize("name", ACTS)
def test_the_pages_say_what_the_pager_says(
    name: str, rehearsal: QualityPlay, stage: Stage, windows: dict[str, Page], tmp_path: Path
) -> None:
    play = rehearsal.rehearsed()
    for scene in ACTS[name](play, tmp_path):
        stage.show(play, stopped=scene == STOPPED)
        for page in windows.values():
            page.goto(stage.address)
            _is_sound(page)
            _names_the_cause(page, play, scene)
            for incident in play.incidents.values():
                page.goto(f"{stage.address}/incidents/{incident.id}")
                _is_sound(page)
                _tells_its_life(page, incident)
        _shows_the_picture_of_its_interval(windows["light"], stage, play)


def _is_sound(page: Page) -> None:
    """Checks that the page is accessible and not wider than the screen."""
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def _names_the_cause(page: Page, play: QualityPlay, scene: Scene) -> None:
    heading, counts = page.inner_text("h1"), page.inner_text(".counts")
    if scene == STOPPED:
        assert heading.startswith("The pipeline has been stalled since ") and "7 muted" in counts and "ok" not in counts
        return
    assert heading == play.verdict
    firing = [incident for incident in play.incidents.values() if incident.state == "firing"]
    assert bool(firing) is (scene == TOLD) and bool(play.told) is (scene != CALM)
    assert page.locator(".incident.firing").count() == len(firing)
    for incident in firing:
        newest = play.told[-1].alert
        assert newest.incident == incident.id and (newest.source or newest.feature or "pipeline") in heading
        assert heading.split(":")[0] in newest.summary
        assert f"{len(incident.muted)} muted" in counts if incident.muted else "muted" not in counts
        assert page.locator(".features .status.muted").count() == len(incident.muted)
    if scene == CALM:
        assert "firing" not in page.inner_text("main")


def _tells_its_life(page: Page, incident: Incident) -> None:
    """Checks that it is firing or resolved, from onset over its peak to its end, as in the alert."""
    state, other = incident.state, {"firing": "resolved", "resolved": "firing"}[incident.state]
    head = page.inner_text("#head")
    assert page.inner_text("h1") == incident.headline and state in head and other not in page.inner_text(".lead")
    assert page.locator(f"#symptoms .status.{state}").count() >= 1
    happened = page.inner_text("#timeline")
    assert all(text in happened for text in ("Started.", "Peak", "pager was notified of the firing alert."))
    assert ("Ongoing." in happened) is (state == "firing")
    assert ("Resolved after" in happened) is (state == "resolved")
    assert all(cell.strip() for cell in page.locator(".symptoms tbody th, .symptoms tbody td").all_inner_texts())
    if incident.kind in CAUSES:
        assert len(page.locator("#muted .names a").all()) == len(incident.muted)


def _shows_the_picture_of_its_interval(page: Page, stage: Stage, play: QualityPlay) -> None:
    """Checks for the newest interval's chart, or the requested one; its text names the interval."""
    newest_ms = play.closed["last_country"].start_ms
    earlier_ms = newest_ms - 2 * MINUTE
    for query, start_ms in (("", newest_ms), (f"?at={earlier_ms}", earlier_ms)):
        page.goto(f"{stage.address}/quality/last_country{query}")
        picture = page.locator("img.report-image")
        assert f"at={start_ms}" in str(picture.get_attribute("src"))
        expect_drawn(picture)
        clock = page.locator("figcaption time").first.inner_text()
        assert clock in str(picture.get_attribute("alt")) and clock.endswith(_clock(start_ms))


def _clock(at_ms: int) -> str:
    return f"{at_ms // 3_600_000 % 24:02d}:{at_ms // MINUTE % 60:02d}:00"
