"""`flow`: settings and definitions -> the live graph. Run it with `python -m bytewax.run dataflows.features`.

Recovery is Bytewax's own: `python -m bytewax.recovery DIR 8` once, then `-r DIR -s 10 -b 0`.
"""

import logging
import sys
import time

from bytewax.dataflow import Dataflow

from dataflows.clocks import Now, WallClock
from dataflows.graph import Run, build
from dataflows.ports import ports_of
from dataflows.quality import quality_of
from dataflows.settings import Settings, SettingsError
from dataflows.settings_reading import load_settings
from dataflows.spec import DefinitionErrors, load
from dataflows.stopping import drain_on_signals, stopping
from dataflows.topics import Mode
from dataflows.warmup import compile_kernels

USER_MISTAKES = (SettingsError, DefinitionErrors)


def now_ms() -> int:
    """The wall clock (ms)."""
    return time.time_ns() // 1_000_000


def live_flow(settings: Settings, now: Now, checkpointed: bool) -> Dataflow:
    """The live graph. Raises DefinitionErrors."""
    definitions = load(settings.specs)
    mode = Mode(bounded=False, checkpointed=checkpointed, stopping=stopping, now=now)
    return build(definitions, ports_of(settings, mode), live_run(settings, now))


def live_run(settings: Settings, now: Now) -> Run:
    """How a live run goes: by the wall clock, complete when it reads its topics from their start."""
    return Run(
        clock_of=lambda marks: WallClock(now, marks),
        now=now,
        begun=now(),
        complete=settings.start == "earliest",
        everywhere=False,
        shards=settings.shards,
        sink_partitions=settings.sink_partitions,
        prefix=settings.redis_prefix,
        quality=quality_of(settings, now, bounded=False),
    )


def _checkpointed() -> bool:
    """Whether this process runs with a recovery store: Bytewax tells the dataflow only by its command line."""
    return any(word.startswith(("-r", "--recovery-directory")) for word in sys.argv[1:])


def _flow() -> Dataflow:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    drain_on_signals()
    try:
        flow = live_flow(load_settings(), now_ms, _checkpointed())
    except USER_MISTAKES as mistake:
        sys.exit(str(mistake))
    compile_kernels()
    return flow


flow = _flow()
