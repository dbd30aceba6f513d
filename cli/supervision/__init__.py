"""Starts, watches and stops the processes of `headrace run`."""

from cli.supervision.dataflow_process import DataflowCommand, free_port, is_free
from cli.supervision.lock import hold_folder
from cli.supervision.priority import step_back
from cli.supervision.run_events import RunEvents
from cli.supervision.sidecars import Service, Sidecars
from cli.supervision.spare_processors import SpareProcessors
from cli.supervision.supervisor import SupervisedRun

__all__ = [
    "DataflowCommand",
    "RunEvents",
    "Service",
    "Sidecars",
    "SpareProcessors",
    "SupervisedRun",
    "free_port",
    "hold_folder",
    "is_free",
    "step_back",
]
