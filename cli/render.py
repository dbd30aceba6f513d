"""`headrace render`: closed quality intervals become reports in the store, alerts reach the webhook."""

import logging
from contextlib import suppress

from cli import rendering
from cli.background import step_back
from cli.lock import held
from cli.stopping import stop_on_signals
from cli.topics import expect_broker
from connectors.messages import Stopped
from dataflows.settings_reading import load_settings
from dataflows.spec import load
from reports.store import ReportStore

log = logging.getLogger(__name__)


def render(once: bool) -> None:
    """Turn closed quality intervals into reports, pictures and pages."""
    settings = load_settings()
    definitions = load(settings.specs)
    store = ReportStore(settings.reports_url or str(settings.var / "reports"))
    expect_broker(settings)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    with stop_on_signals() as stop, held(settings.var / "render"):
        step_back()
        log.info("reports go to %s", store.place)
        go = rendering.render_all if once else rendering.render_on
        with suppress(Stopped):
            go(settings, definitions, store, stop)
        log.info("stopped" if stop.is_set() else "all is rendered")
