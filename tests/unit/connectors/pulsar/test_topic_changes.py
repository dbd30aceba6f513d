"""Tests which changes make a topic unreadable, as seen from what is known about it."""

from collections.abc import Mapping

import pytest

from connectors.pulsar.topics.changes import IdsStartedOver, PartitionCreation, TopicReplaced, TopicState, TopicTracker


@pytest.mark.parametrize(("names", "found"), [(["t"], 4), (["t-partition-0", "t-partition-1"], 1)])
def test_neither_fewer_partitions_nor_another_kind_can_be_read_on(names: list[str], found: int) -> None:
    course = TopicTracker("t", names)
    assert course.see(TopicState(found), 0) == []
    with pytest.raises(TopicReplaced):
        course.see(TopicState(found), 0)


def test_a_topic_that_is_as_before_at_the_next_look_is_read_on() -> None:
    course = TopicTracker("t", ["t-partition-0", "t-partition-1"])
    for count in (0, 2, 0, 2):
        assert course.see(TopicState(count), 0) == []


def test_ids_that_start_over_end_the_run() -> None:
    course, name = TopicTracker("t", ["t-partition-0"]), "t-partition-0"

    def made(when: str, ledger: int) -> Mapping[str, PartitionCreation]:
        return {name: PartitionCreation(when, ledger)}

    assert course.see(TopicState(1, made("monday", 7)), 0) == []
    assert course.see(TopicState(1, made("monday", 9)), 0) == []
    assert course.see(TopicState(1), 0) == []  # forbidden facts are unknown
    with pytest.raises(IdsStartedOver, match="its message ids start over") as ended:
        course.see(TopicState(1, made("tuesday", 9)), 0)
    assert ended.value.exit_code == 4
