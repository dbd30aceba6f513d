"""Features that fold events: what must hold for one, and the feature it becomes."""

from collections.abc import Iterator

from dataflows.aggregations import AGGREGATIONS, FAMILY, Option
from dataflows.definitions.errors import DefinitionError
from dataflows.definitions.expressions import Compiled, ExpressionError, compile_expression
from dataflows.definitions.model.durations import format
from dataflows.definitions.model.feature import OPTION_NAMES, WrittenFeature
from dataflows.definitions.model.hops import default_hop, hop_problem
from dataflows.definitions.model.source import WrittenSource
from dataflows.definitions.model.value_types import TYPE_NAMES
from dataflows.definitions.reading.parser import Found
from dataflows.expectations import did_you_mean
from dataflows.kernels.opcodes import Kind

FoundFeature = Found[WrittenFeature]


def folding_errors(found: FoundFeature, source: WrittenSource | None) -> Iterator[DefinitionError]:
    """Mistakes of one folding feature; without a source its expressions are not looked at."""
    written = found.written
    for key in ("source", "aggregation", "window"):
        if getattr(written, key) is None:
            yield found.error((key,), "a value", "a feature folds a source, or has an expression over others")
    if written.window is not None:
        yield from _hop_errors(found, written.window)
    if source is not None:
        yield from _entity_errors(found, source)
        yield from _filter_errors(found, source)
    if written.aggregation is not None:
        yield from _aggregation_errors(found, written.aggregation, source)


def hop_of(written: WrittenFeature) -> int:
    """The hop (ms): as given, or by the default rule; 0 for lifetime."""
    if not written.window:
        return 0
    return default_hop(written.window) if written.hop is None else written.hop


def options_of(written: WrittenFeature) -> dict[str, int | float]:
    """The options of the aggregation, with defaults."""
    options = AGGREGATIONS[written.aggregation or ""].options
    return {name: _option(written.extras.get(name), option) for name, option in options.items()}


def compiled_value(written: WrittenFeature, source: WrittenSource) -> Compiled | None:
    """What is folded, None when only events are counted."""
    return None if written.value is None else compile_expression(written.value, source.columns)


def _option(given: int | float | None, option: Option) -> int | float:
    value = option.default if given is None else given
    return int(value or 0) if option.whole else float(value or 0)


def _hop_errors(found: FoundFeature, window: int) -> Iterator[DefinitionError]:
    hop = found.written.hop
    if window == 0:
        if hop is not None:
            yield found.error(("hop",), "no hop with a lifetime", "nothing leaves it")
        return
    problem = hop_problem(window, hop_of(found.written))
    if problem is not None:
        hint = f"the default would be {format(default_hop(window))}" if hop is not None else None
        yield found.error(("window",) if hop is None else ("hop",), problem, hint)


def _entity_errors(found: FoundFeature, source: WrittenSource) -> Iterator[DefinitionError]:
    if found.written.entity_id not in source.entities:
        expected = f"an entity of {source.source}: {' or '.join(source.entities)}"
        yield found.error(("entity_id",), expected)


def _filter_errors(found: FoundFeature, source: WrittenSource) -> Iterator[DefinitionError]:
    if found.written.filter is None:
        return
    try:
        kind = compile_expression(found.written.filter, source.columns).kind
    except ExpressionError as error:
        yield found.error(("filter",), error.expected, error.hint)
        return
    if kind is not Kind.BOOL:
        yield found.error(("filter",), "a truth value", f"it is {TYPE_NAMES[kind]}")


def _aggregation_errors(found: FoundFeature, name: str, source: WrittenSource | None) -> Iterator[DefinitionError]:
    if name not in AGGREGATIONS:
        hint = did_you_mean(name, AGGREGATIONS) or f"there are {', '.join(AGGREGATIONS)}"
        yield found.error(("aggregation",), "an aggregation", hint)
        return
    yield from _option_errors(found, name)
    if found.written.value is None:
        if not AGGREGATIONS[name].value_optional:
            yield found.error(("value",), f"a value for {name} to fold", "it is missing")
        else:
            yield from _type_errors(found, name, Kind.INT)
    elif source is not None:
        yield from _value_errors(found, name, source)


def _option_errors(found: FoundFeature, name: str) -> Iterator[DefinitionError]:
    options, extras = AGGREGATIONS[name].options, found.written.extras
    for key in extras:
        if key in OPTION_NAMES and key not in options:
            takes = f"{name} has {', '.join(options) or 'no options'}"
            yield found.error((key,), f"no option {key} with {name}", takes)
    for key, option in options.items():
        given = extras.get(key, option.default)
        if given is None:
            yield found.error((key,), f"{_of(option)}, which {name} needs", "it is missing")
        elif key in extras and not _fits(given, option):
            yield found.error((key,), _of(option))


def _of(option: Option) -> str:
    number = "a whole number" if option.whole else "a number"
    return f"{number} from {option.low:g} to {option.high:g}"


def _fits(given: object, option: Option) -> bool:
    allowed = int if option.whole else (int, float)
    return isinstance(given, allowed) and not isinstance(given, bool) and option.low <= given <= option.high


def _value_errors(found: FoundFeature, name: str, source: WrittenSource) -> Iterator[DefinitionError]:
    try:
        compiled = compiled_value(found.written, source)
    except ExpressionError as error:
        yield found.error(("value",), error.expected, error.hint)
        return
    if compiled is None:
        return
    if compiled.kind not in AGGREGATIONS[name].takes:
        kinds = " or ".join(sorted(TYPE_NAMES[kind] for kind in AGGREGATIONS[name].takes))
        yield found.error(("value",), f"{kinds} for {name} to fold", f"it is {TYPE_NAMES[compiled.kind]}")
    else:
        yield from _type_errors(found, name, compiled.kind)


def _type_errors(found: FoundFeature, name: str, kind: Kind) -> Iterator[DefinitionError]:
    gives = AGGREGATIONS[name].gives(kind)
    if found.written.value_type not in gives:
        expected = f"{' or '.join(sorted(gives))}, which {name} gives"
        yield found.error(("value_type",), expected, None if found.written.value is None else f"of {TYPE_NAMES[kind]}")


def family_errors(found: FoundFeature, kind: Kind) -> Iterator[DefinitionError]:
    """The value type of an expression that is not folded."""
    if found.written.value_type not in FAMILY[kind]:
        expected = " or ".join(sorted(FAMILY[kind]))
        yield found.error(("value_type",), expected, f"the expression is {TYPE_NAMES[kind]}")
