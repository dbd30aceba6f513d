"""Shares the work of a job among processes."""

from dataflows.history.processes.shared_stages import SharedStages
from dataflows.history.processes.shared_work import AnswersWork, PortsOf, RowsWork, StagedWork

__all__ = ["AnswersWork", "PortsOf", "RowsWork", "SharedStages", "StagedWork"]
