"""Formats findings as SARIF 2.1.0 for code scanning:
https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html"""

import hashlib
import json
from collections.abc import Sequence
from importlib.metadata import version
from urllib.parse import quote

from governance.checking.annotations.finding import Finding
from governance.checking.annotations.repository_path import repository_path

MOST_RESULTS = 5_000
"""Most results of a run that GitHub shows."""
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif_log(findings: Sequence[Finding]) -> str:
    """Returns a log with one run; a notification counts results beyond the limit."""
    results = [_result(finding) for finding in findings[:MOST_RESULTS]]
    run = {"tool": {"driver": _driver(findings)}, "results": results, "invocations": [_invocation(findings)]}
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _driver(findings: Sequence[Finding]) -> dict[str, object]:
    texts = {
        finding.rule: f"error in {finding.rule}" if finding.level == "error" else finding.rule for finding in findings
    }
    rules = [{"id": rule, "shortDescription": {"text": text}} for rule, text in sorted(texts.items())]
    return {"name": "headrace", "version": version("headrace"), "rules": rules}


def _invocation(findings: Sequence[Finding]) -> dict[str, object]:
    """Describes the run, which succeeds whatever it found."""
    if len(findings) <= MOST_RESULTS:
        return {"executionSuccessful": True}
    level = "errors" if findings[0].level == "error" else "notes"
    text = f"{len(findings) - MOST_RESULTS:,} more {level} are not in this log"
    return {
        "executionSuccessful": True,
        "toolExecutionNotifications": [{"level": "warning", "message": {"text": text}}],
    }


def _result(finding: Finding) -> dict[str, object]:
    path = repository_path(finding.file)
    identity = hashlib.sha256(f"{path}\n{finding.identity}".encode()).hexdigest()
    place = {"artifactLocation": {"uri": quote(path)}, "region": {"startLine": finding.line}}
    return {
        "ruleId": finding.rule,
        "level": finding.level,
        "message": {"text": finding.text},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"headrace/v1": identity},
    }
