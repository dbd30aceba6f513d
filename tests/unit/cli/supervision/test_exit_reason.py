"""Tests what is told of a dataflow that ended by itself: by its last line, or by its exit code."""

import re
from pathlib import Path

import pytest

from cli.supervision.exit_reason import DataflowEnded
from connectors.errors import ExitCode
from dataflows.runtime.failing.process_end import last_words
from dataflows.runtime.failing.root_cause import RootCause


@pytest.mark.parametrize(
    ("ended", "code", "said"),
    [
        (3, ExitCode.SERVICE, r"^the dataflow failed \(exit code 3\): Redis x: no; its log is \S+$"),
        (5, ExitCode.DISK, r"^the dataflow failed \(exit code 5\): Redis x: no; its log is \S+$"),
        (77, ExitCode.NO, r"exit code 77\): Redis x: no"),
        (-9, ExitCode.NO, r"SIGKILL ended the dataflow \(most likely out of memory.*resumes from the last snapshot"),
        (-6, ExitCode.NO, r"SIGABRT ended the dataflow; the next run resumes"),
    ],
)
def test_the_last_line_of_a_dataflow_is_told_once(tmp_path: Path, ended: int, code: ExitCode, said: str) -> None:
    log = tmp_path / "headrace.log"
    log.write_text(f"INFO started\n{last_words(RootCause('Redis x: no', ExitCode(max(ended, 0) % 7)))}\n")
    died = DataflowEnded(ended, log)
    assert re.search(said, str(died))
    assert died.exit_code == code


@pytest.mark.parametrize(("ended", "meaning"), [(5, "the disk is full or read-only"), (4, "saved state"), (1, "")])
def test_a_dataflow_that_could_not_say_why_is_explained_by_its_exit_code(
    tmp_path: Path, ended: int, meaning: str
) -> None:
    died = DataflowEnded(ended, tmp_path / "none.log")
    assert meaning in str(died)
    assert died.exit_code == ended
