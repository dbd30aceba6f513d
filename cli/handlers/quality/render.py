"""Implements `headrace render`: writes reports of closed intervals to the store, and sends alerts to the webhook."""

import logging
from contextlib import suppress

from cli.services import render_service
from cli.shutdown import stop_on_signals
from cli.supervision import hold_folder, step_back
from cli.topics import expect_broker
from connectors.messages import RunStopped
from dataflows.definitions import load
from dataflows.runtime.settings_loader import load_settings
from reports.delivery import ReportStore

log = logging.getLogger(__name__)


def render(once: bool) -> None:
    """Renders closed quality intervals to reports, pictures and pages."""
    settings = load_settings()
    definitions = load(settings.specs)
    store = ReportStore(settings.reports_url or str(settings.var / "reports"))
    expect_broker(settings)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    with stop_on_signals() as stop, hold_folder(settings.var / "render"):
        step_back()
        log.info("writing reports to %s", store.place)
        go = render_service.render_all if once else render_service.render_on
        with suppress(RunStopped):
            go(settings, definitions, store, stop)
        log.info("stopped" if stop.is_set() else "all intervals are rendered")
