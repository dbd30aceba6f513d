"""SARIF 2.1.0, which code scanning takes: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html"""

import hashlib
import json
from collections.abc import Sequence
from importlib.metadata import version

from dataflows.definitions import DefinitionError
from governance.annotations.repository_path import repository_path

MOST_RESULTS = 5_000
"""GitHub shows no more results of a run."""
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif_log(errors: Sequence[DefinitionError]) -> str:
    """A log with one run; what is beyond the limit is counted in a notification of the run."""
    results = [_result(error) for error in errors[:MOST_RESULTS]]
    run = {"tool": {"driver": _driver(errors)}, "results": results, "invocations": [_invocation(len(errors))]}
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _driver(errors: Sequence[DefinitionError]) -> dict[str, object]:
    rules = [{"id": rule, "shortDescription": {"text": f"mistake in {rule}"}} for rule in sorted({*map(_rule, errors)})]
    return {"name": "headrace", "version": version("headrace"), "rules": rules}


def _invocation(errors: int) -> dict[str, object]:
    """The run did its work, whatever it found."""
    if errors <= MOST_RESULTS:
        return {"executionSuccessful": True}
    left = {"level": "warning", "message": {"text": f"{errors - MOST_RESULTS:,} more mistakes are not in this log"}}
    return {"executionSuccessful": True, "toolExecutionNotifications": [left]}


def _result(error: DefinitionError) -> dict[str, object]:
    path = repository_path(error.file)
    identity = hashlib.sha256("\n".join((path, error.field, error.message)).encode()).hexdigest()
    place = {"artifactLocation": {"uri": path}, "region": {"startLine": error.line}}
    return {
        "ruleId": _rule(error),
        "level": "error",
        "message": {"text": error.message},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"headrace/v1": identity},
    }


def _rule(error: DefinitionError) -> str:
    return error.key or "file"
