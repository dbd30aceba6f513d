"""Decides how a live run continues an earlier one: what it resumes, what starts over, and what lacks history."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bytewax.inputs import FixedPartitionedSource

from connectors.messages import RawBatch
from connectors.reading.fresh_start import FreshStart
from dataflows.definitions import Definitions, Source
from dataflows.run import Ports, Run
from dataflows.runtime.recovery.histories import histories
from dataflows.runtime.recovery.resumption import Resumption

log = logging.getLogger(__name__)


def taken_up(
    run: Run,
    definitions: Definitions,
    resumption: Resumption,
    earliest: bool,
    oldest_left: Callable[[str], int | None],
) -> Run:
    """Returns the run with its resumed state; logs what starts over."""
    for entity_id in definitions.entity_ids:
        if f"windows_{entity_id}" in resumption.missed:
            log.warning(
                "%s: the recovery store knows this entity type from an earlier run, but not from the last one; its "
                "state lacks the events in between, so all its features start over and warm up",
                entity_id,
            )
    since = histories(definitions, resumption, run.begun, earliest, oldest_left)
    return replace(run, since=since, missed=resumption.missed)


def read_afresh(ports: Ports, resumption: Resumption) -> Ports:
    """Replaces readers that took no part in the last run with ones that start over."""
    source = ports.source

    def of(stream: Source) -> FixedPartitionedSource[RawBatch, Any]:
        return FreshStart(source(stream)) if f"read_{stream.name}" in resumption.missed else source(stream)

    return replace(ports, source=of)
