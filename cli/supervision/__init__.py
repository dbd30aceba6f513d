"""The processes that `headrace run` starts, watches and stops."""

from cli.supervision.dataflow_process import Plan, free_port, is_free
from cli.supervision.lock import held
from cli.supervision.priority import step_back, take_what_is_left
from cli.supervision.shutdown import Stop, stop_on_signals
from cli.supervision.sidecars import Companions, Service
from cli.supervision.supervisor import Run

__all__ = [
    "Companions",
    "Plan",
    "Run",
    "Service",
    "Stop",
    "free_port",
    "held",
    "is_free",
    "step_back",
    "stop_on_signals",
    "take_what_is_left",
]
