"""Validates documents for other tools by the schemas that AsyncAPI, OpenLineage and OASIS publish."""

import gzip
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from jsonschema import Draft7Validator, Draft202012Validator, FormatChecker
from referencing import Registry, Resource

from tests.support.paths import ROOT

SCHEMAS = ROOT / "tests" / "support" / "schemas"
SPEC = "https://openlineage.io/spec/2-0-2/OpenLineage.json"


def of_asyncapi(document: Mapping[str, Any]) -> list[str]:
    """Returns the errors of an AsyncAPI 3.0 document."""
    schema = json.loads(gzip.decompress((SCHEMAS / "asyncapi-3.0.0.json.gz").read_bytes()))
    return _wrong(Draft7Validator(schema, format_checker=FormatChecker()), document)


def of_sarif(log: Mapping[str, Any]) -> list[str]:
    """Returns the errors of a SARIF 2.1.0 log."""
    schema = json.loads(gzip.decompress((SCHEMAS / "sarif-2.1.0.json.gz").read_bytes()))
    return _wrong(Draft7Validator(schema, format_checker=FormatChecker()), log)


def of_openlineage(event: Mapping[str, Any]) -> list[str]:
    """Returns the errors of an OpenLineage event, including each of its facets."""
    kind = event["schemaURL"].rpartition("/")[2]
    errors = _wrong(_validator({"$ref": f"{SPEC}#/$defs/{kind}"}), event)
    return [*errors, *(wrong for name, facet in _facets(event) for wrong in _of_facet(name, facet))]


def _facets(event: Mapping[str, Any]) -> list[tuple[str, Any]]:
    holders = [event["job"], event.get("run", {}), *event["inputs"], *event["outputs"]]
    return [facet for holder in holders for facet in holder.get("facets", {}).items()]


def _of_facet(name: str, facet: Mapping[str, Any]) -> list[str]:
    """Validates a facet by the version of the schema it names; the facet must have the name that the schema has."""
    schema = _schemas().get(facet["_schemaURL"])
    if schema is None:
        return [f"{name}: no schema {facet['_schemaURL']}"]
    unknown = [] if name in schema["properties"] else [f"{name}: not a name of {facet['_schemaURL']}"]
    return [*unknown, *_wrong(_validator({"$ref": facet["_schemaURL"]}), {name: facet})]


@cache
def _schemas() -> dict[str, Any]:
    read = (json.loads(file.read_bytes()) for file in sorted((SCHEMAS / "openlineage").glob("*.json")))
    return {schema["$id"]: schema for schema in read}


def _validator(schema: Mapping[str, Any]) -> Draft202012Validator:
    registry = Registry().with_resources((name, Resource.from_contents(of)) for name, of in _schemas().items())
    return Draft202012Validator(schema, registry=registry, format_checker=FormatChecker())


def _wrong(validator: Any, document: Mapping[str, Any]) -> list[str]:
    return [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}" for error in validator.iter_errors(document)
    ]
