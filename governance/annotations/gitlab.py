"""GitLab: a Code Quality report, which it shows in the merge request.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence

from dataflows.definitions import DefinitionError
from governance.annotations.repository_path import repository_path


def code_quality(errors: Sequence[DefinitionError]) -> str:
    """A JSON array with an issue for each mistake; of issues with one fingerprint GitLab shows only the first."""
    twins: Counter[str] = Counter()
    issues = []
    for error in errors:
        what = "\n".join((repository_path(error.file), error.field, error.message))
        issues.append(_issue(error, f"{what}\n{twins[what]}"))
        twins[what] += 1
    return json.dumps(issues, indent=2)


def _issue(error: DefinitionError, identity: str) -> dict[str, object]:
    """The identity holds no line number: an edit above would else make every mistake look new."""
    return {
        "description": error.message,
        "check_name": f"headrace/{error.key or 'file'}",
        "fingerprint": hashlib.sha256(identity.encode()).hexdigest(),
        "severity": "blocker",
        "location": {"path": repository_path(error.file), "lines": {"begin": error.line}},
    }
