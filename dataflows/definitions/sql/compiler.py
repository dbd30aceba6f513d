"""Compiles a tree to typed parts, node by node from an allow list: row-wise by construction, without clock or
chance."""

from collections.abc import Mapping

from sqlglot import exp

from dataflows.definitions.sql import literals
from dataflows.definitions.sql.functions import RULES
from dataflows.definitions.sql.refusals import ExpressionError
from dataflows.definitions.sql.special_forms import NAMED, SPECIAL, only
from dataflows.definitions.sql.typed import Typed
from dataflows.definitions.sql.unsupported import refusal


class Compiler:
    """Compiles typed parts over columns (name -> column or value type)."""

    def __init__(self, types: Mapping[str, str]) -> None:
        self._types = types

    def __call__(self, node: exp.Expr) -> Typed:
        """Compiles a node. Raises ExpressionError."""
        if rule := RULES.get(type(node)):
            only(node, *rule.args)
            return rule.made(*(self._argument(node.args.get(name)) for name in rule.args))
        if special := SPECIAL.get(type(node)):
            return special(node, self)
        if isinstance(node, exp.Column):
            return self._column(node)
        if isinstance(node, exp.Anonymous) and (named := NAMED.get(node.name.upper())):
            return named(node, self)
        raise refusal(node)

    def _argument(self, argument: object) -> Typed | list[Typed] | None:
        if isinstance(argument, list):
            return [self(element) for element in argument]
        return self(argument) if isinstance(argument, exp.Expr) else None

    def _column(self, node: exp.Column) -> Typed:
        if node.table or not isinstance(node.this, exp.Identifier):
            raise ExpressionError("a column by its name alone", f"not {node.sql(dialect='duckdb')[:60]}")
        return literals.column(node.name, bool(node.this.args.get("quoted")), self._types)
