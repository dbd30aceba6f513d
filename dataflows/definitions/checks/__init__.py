"""The checks of definitions, one file for each model file."""

from dataflows.definitions.checks.aggregated import compiled_value, hop_of, options_of
from dataflows.definitions.checks.cases import case_of
from dataflows.definitions.checks.derived import in_order, siblings
from dataflows.definitions.checks.project import Everything, all_errors

__all__ = ["Everything", "all_errors", "case_of", "compiled_value", "hop_of", "in_order", "options_of", "siblings"]
