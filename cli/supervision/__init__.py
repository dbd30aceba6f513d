"""The processes that `headrace run` starts, watches and stops."""

from cli.supervision.dataflow_process import DataflowCommand, free_port, is_free
from cli.supervision.lock import hold_folder
from cli.supervision.priority import let_all_go_first, step_back
from cli.supervision.sidecars import Service, Sidecars
from cli.supervision.spare_processors import SpareProcessors
from cli.supervision.supervisor import SupervisedRun

__all__ = [
    "DataflowCommand",
    "Service",
    "Sidecars",
    "SpareProcessors",
    "SupervisedRun",
    "free_port",
    "hold_folder",
    "is_free",
    "let_all_go_first",
    "step_back",
]
