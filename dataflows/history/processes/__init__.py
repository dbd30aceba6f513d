"""The work of a job shared by processes."""

from dataflows.history.processes.shared_stages import SharedStages
from dataflows.history.processes.shared_work import AnswersWork, RowsWork

__all__ = ["AnswersWork", "RowsWork", "SharedStages"]
