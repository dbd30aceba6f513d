"""Questions answered with what feature topics held, in two stages of a job."""

from collections.abc import Sequence
from functools import partial

from dataflows.history.folding import HistoryShards
from dataflows.history.job import Job
from dataflows.history.replay import Execution
from dataflows.history.served.feature_topic import FeatureTopic
from dataflows.history.served.flows import HistoryOf, records_flow, served_flow
from dataflows.history.served.lookup import served_pieces
from dataflows.history.stages import carry_out


def answer_served(job: Job, topics: Sequence[FeatureTopic], history_of: HistoryOf, execution: Execution) -> bool:
    """Answers the questions of a job in the mode `served`; returns False when it was stopped before the end."""
    spill = partial(records_flow, topics, job, history_of)
    if not carry_out(job, "records", spill, execution.guard, execution.stopping):
        return False
    pieces = HistoryShards(job.shards, served_pieces(job, topics), execution.stopping)
    return carry_out(job, "served", partial(served_flow, pieces, job), execution.guard, execution.stopping)
