"""Creates the notifiers of `headrace render`: one for the webhook of the settings, one per target of the routes."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cli.redis_client import redis_of
from cli.services.alert_feed import AlertFeed
from cli.services.alert_routing import AlertRouting
from cli.services.delivery_notes import DeliveryNotes
from cli.services.pipeline_watch import PipelineWatch
from cli.services.standstill_feed import StandstillFeed
from cli.shutdown import StopSignal
from cli.terminal import now_ms
from connectors.errors import ExitCode, HeadraceError
from connectors.retry import Backoff
from dataflows.definitions import Definitions
from dataflows.runtime.alert_routes import AlertTarget, MailTarget, PagerDutyTarget, PostTarget, load_routes
from dataflows.runtime.settings import Settings
from reports.delivery import DeliveryLog, Notifier, Target
from reports.delivery.channels import AppriseMissing, AppriseService, Channel, FormattedWebhook, Mailbox
from reports.delivery.channels.formats import FORMATS
from reports.delivery.channels.pagerduty import PagerDuty
from reports.delivery.channels.webhook import Webhook
from reports.records import Alert
from serving.quality.pipeline import Pipeline, read_pipeline

log = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 300.0
"""Pauses between attempts at a failing target (s)."""
WEBHOOK = "webhook"
APPRISE = "hint: pip install 'headrace[apprise]'"


class UnusableTarget(HeadraceError):
    """No channel can be created from a route's target."""

    exit_code = ExitCode.WRONG


def targets_of(settings: Settings, definitions: Definitions) -> list[Target]:
    """Returns all targets. Raises DefinitionErrors, UnusableTarget."""
    targets = list[Target]()
    if settings.alert_webhook is not None:
        webhook = Webhook(settings.alert_webhook.get_secret_value(), now_ms)
        targets.append(
            Target(WEBHOOK, FormattedWebhook(webhook, FORMATS[settings.alert_webhook_format]), lambda _: True)
        )
    if settings.alert_routes is not None:
        targets += routed_targets(settings.alert_routes, definitions)
    return targets


def routed_targets(file: Path, definitions: Definitions) -> list[Target]:
    """Returns the targets of the routes, with the alerts they want."""
    routes = load_routes(file, definitions)
    routing = AlertRouting(routes, definitions)
    if unheard := routing.unheard():
        names = ", ".join(unheard[:3]) + (f" and {len(unheard) - 3} more" if len(unheard) > 3 else "")
        log.warning("%s: no route matches the alerts of %s, and `otherwise` has no targets", file, names)
    return [
        Target(name, channel_of(file, name, target), routing.wanted_by(name)) for name, target in routes.targets.items()
    ]


def channel_of(file: Path, name: str, target: AlertTarget) -> Channel:
    """Returns the channel of a target. Raises UnusableTarget."""
    match target:
        case PostTarget():
            return FormattedWebhook(Webhook(target.url, now_ms), FORMATS[target.format])
        case PagerDutyTarget():
            return FormattedWebhook(Webhook(target.url, now_ms), PagerDuty(target.key))
        case MailTarget():
            return Mailbox(target.url, target.sender, target.to)
    try:
        return AppriseService(target.url)
    except AppriseMissing:
        raise UnusableTarget(f"{file}: target {name} needs the extra apprise; {APPRISE}") from None
    except ValueError:
        raise UnusableTarget(f"{file}: target {name}: expected an Apprise URL such as discord://...") from None


@contextmanager
def paging(settings: Settings, definitions: Definitions, stop: StopSignal) -> Iterator[Sequence[Notifier]]:
    """Runs notifiers inside the block. Raises DefinitionErrors, UnusableTarget."""
    targets = targets_of(settings, definitions)
    with ExitStack() as stack:
        notes = DeliveryNotes(lambda: redis_of(settings, timeout_s=2.0), settings.redis_prefix, now_ms)
        watch = PipelineWatch(_heartbeat(settings, definitions))
        pager = _Pagers(settings, stop, notes, watch, sorted({feature.owner for feature in definitions.features}))
        notifiers = [pager.notifier(stack, target) for target in targets]
        if targets:
            notes.start()
        stack.callback(notes.stop)
        stack.callback(_stop_all, notifiers)
        stack.callback(stop.set)  # releases waiting feeds, whatever ended the block
        for notifier in notifiers:
            notifier.start()
        yield notifiers


@dataclass(frozen=True, slots=True)
class _Pagers:
    """Shared state of all targets' notifiers."""

    settings: Settings
    stop: StopSignal
    notes: DeliveryNotes
    watch: PipelineWatch
    owners: Sequence[str]

    def notifier(self, stack: ExitStack, target: Target) -> Notifier:
        """Creates the notifier of a target, with its own files."""
        folder, name = self.settings.var / "render", "alerts" if target.name == WEBHOOK else f"alerts-{target.name}"
        published = stack.enter_context(closing(AlertFeed(self.settings, folder / f"{name}.position", self.stop)))
        memory, pages_url = folder / f"{name}.standstill", self.settings.pages_url or ""
        limit_ms, note = self.settings.alert_standstill * 1_000, self._note_for(target.name)
        feed = StandstillFeed(published, self.watch, now_ms, limit_ms, memory, self.owners, pages_url, note)
        log_file, pauses = DeliveryLog(folder / f"{name}.json"), Backoff(FIRST_PAUSE_S, LONGEST_PAUSE_S)
        return Notifier(target, feed, log_file, now_ms, pauses, self.notes.note)

    def _note_for(self, target: str) -> Callable[[Alert, int], None]:
        return lambda alert, at_ms: self.notes.note(target, [alert], at_ms)


def _heartbeat(settings: Settings, definitions: Definitions) -> Callable[[], Pipeline]:
    """Returns a reader of the heartbeat, whose client is opened at the first call."""
    client = cache(lambda: redis_of(settings, timeout_s=2.0))
    types, limit_s = list(definitions.entity_types), settings.alert_standstill
    return lambda: read_pipeline(client(), settings.redis_prefix, types, limit_s)


def _stop_all(notifiers: Sequence[Notifier]) -> None:
    """Asks all to stop before waiting, so that hanging ones hang at the same time."""
    for notifier in notifiers:
        notifier.ask_to_stop()
    for notifier in notifiers:
        notifier.stop()
