"""Shares the work of a job among processes."""

from dataflows.history.processes.shared_stages import SharedStages
from dataflows.history.processes.shared_work import AnswersWork, PortsOf, RowsWork, Work

__all__ = ["AnswersWork", "PortsOf", "RowsWork", "SharedStages", "Work"]
