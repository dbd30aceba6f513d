"""Formats findings as a GitLab Code Quality report, shown in the merge request.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence

from governance.checking.annotations.finding import Finding, Level
from governance.checking.annotations.repository_path import repository_path

_SEVERITIES: Mapping[Level, str] = {"error": "blocker", "note": "info"}


def code_quality(findings: Sequence[Finding]) -> str:
    """Returns a JSON array with an issue per finding; of issues with one fingerprint GitLab shows only the first."""
    twins: Counter[str] = Counter()
    issues = []
    for finding in findings:
        text = f"{repository_path(finding.file)}\n{finding.identity}"
        issues.append(_issue(finding, f"{text}\n{twins[text]}"))
        twins[text] += 1
    return json.dumps(issues, indent=2)


def _issue(finding: Finding, identity: str) -> dict[str, object]:
    """Builds an issue; its identity has no line number, because an edit above would make every finding look new."""
    return {
        "description": finding.text,
        "check_name": f"headrace/{finding.rule}",
        "fingerprint": hashlib.sha256(identity.encode()).hexdigest(),
        "severity": _SEVERITIES[finding.level],
        "location": {"path": repository_path(finding.file), "lines": {"begin": finding.line}},
    }
