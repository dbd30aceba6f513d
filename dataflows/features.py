"""Builds `flow`, the live graph, from settings and definitions. Run it with `python -m bytewax.run dataflows.features`.

Recovery is Bytewax's own: run `python -m bytewax.recovery DIR 8` once, then add `-r DIR -s 10 -b 0`.
"""

import logging
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import redis
from bytewax.dataflow import Dataflow

from connectors.redis import Tenancy, embedded_server
from connectors.steady_clock import STEADY
from dataflows.definitions import Definitions, load
from dataflows.graph import build, used_sources
from dataflows.run import Ports
from dataflows.runtime.endpoints import live_ports, ports_of
from dataflows.runtime.failing.engine_guard import guarded
from dataflows.runtime.failing.process_end import ProcessTerminator
from dataflows.runtime.live_run import live_run
from dataflows.runtime.process.engine_options import EngineOptions, engine_options
from dataflows.runtime.process.metrics_address import keep_metrics_to
from dataflows.runtime.process.shutdown import drain_on_signals, stopping
from dataflows.runtime.process.warmup import compile_kernels
from dataflows.runtime.recovery import read_afresh, resumption_of, taken_up
from dataflows.runtime.settings import Settings
from dataflows.runtime.settings_loader import load_settings
from dataflows.runtime.tenancy import expect_prefix, tenant
from dataflows.runtime.topics import RunMode, topics_of
from dataflows.runtime.watching.clock_watch import watch_clock
from dataflows.runtime.watching.peers import PeerDeadline, others_of
from dataflows.runtime.watching.run_watch import RunWatch, topic_watch
from dataflows.windows import Now


def live_flow(settings: Settings, now: Now, options: EngineOptions, end: ProcessTerminator) -> Dataflow:
    """Builds the live graph and watches its topics. Raises DefinitionErrors, RecoveryRefused and PrefixTaken."""
    definitions, resumption = load(settings.specs), resumption_of(options, settings.shards)
    watch = topic_watch(settings, definitions.sources, now)
    mode = RunMode(
        bounded=False,
        checkpointed=options.recovery is not None,
        stopping=stopping,
        now=now,
        listed=watch.listed,
        history_ends=now() if resumption.is_first else 0,
    )
    ports = _live_ports(settings, mode, options, definitions)
    oldest_left = topics_of(settings, mode).oldest_left
    run = taken_up(live_run(settings, now), definitions, resumption, settings.start == "earliest", oldest_left)
    ends = live_ports(read_afresh(ports, resumption), settings, definitions, now)
    RunWatch(settings, watch, end).start()
    return build(definitions, ends, replace(run, heartbeat=True))


def _live_ports(settings: Settings, mode: RunMode, options: EngineOptions, definitions: Definitions) -> Ports:
    """Opens the sources and sinks of a run that holds its Redis prefix alone. Raises PrefixTaken."""
    own, types = tenant(options, definitions, mode.now()), set(definitions.entity_types)
    expect_prefix(settings, own, stopping)

    def tenancy(client: redis.Redis) -> Tenancy:
        return Tenancy(client, settings.redis_prefix, own, types)

    return ports_of(settings, mode, tenancy, alone=options.alone, archived=used_sources(definitions))


def _flow() -> Dataflow:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    drain_on_signals()
    ProcessTerminator(Path("var")).install()
    settings, options = load_settings(), engine_options()
    end = ProcessTerminator(settings.var, debug=settings.debug, before=embedded_server.release_all)
    end.install()
    flow = live_flow(settings, STEADY.now, options, end)
    compile_kernels()
    watch_clock(options.recovery is not None)
    keep_metrics_to(settings.metrics_host)
    return guarded(flow, end, *_peers(settings, end))


def _peers(settings: Settings, end: ProcessTerminator) -> list[Callable[[], None]]:
    """Returns the callbacks to run once the other processes of the cluster are up; empty for a single process."""
    others = others_of(sys.argv[1:])
    if others is None:
        return []
    peers = PeerDeadline(others, settings.cluster_patience, end)
    peers.watch()
    return [peers.met]


flow = _flow()
