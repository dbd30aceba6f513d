"""Loads alert routes: a YAML file that says which alerts go where, checked like definitions, all mistakes at once.

Secrets come from environment variables, written ${NAME}; no mistake shows the value of a target's key.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlsplit

from pydantic import Field, ValidationInfo, field_validator

from dataflows.definitions.errors import DefinitionError, DefinitionErrors
from dataflows.definitions.loader import Definitions
from dataflows.definitions.model.fields import Email, Listed, Matching, Model, Text, Word
from dataflows.definitions.reading.parser import FileWithErrors, ParsedFile, parse
from dataflows.expectations import did_you_mean, expected

MOST_TARGETS, MOST_ROUTES = 32, 1_000
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
CREDENTIALS = re.compile(r"[a-z+]+://[^/@]*(?=@)")
SECRET = ("slack", "teams")
FROM_VARIABLE = "an environment variable such as ${ONCALL}"
SHOWN = ("format", "from", "to")
"""Keys of a target whose values a mistake may show."""
TargetName = Annotated[
    str, Matching(r"^[a-z][a-z0-9_-]{0,63}$", "lowercase letters, digits, _ and -, starting with a letter, at most 64")
]


def _filled(text: str) -> str:
    """Substitutes variables; percent-encodes them inside user and password."""
    if missing := [name for name in VARIABLE.findall(text) if not os.environ.get(name)]:
        raise expected("environment variables that are set", f"{', '.join(missing)} is not set")
    if "${" in VARIABLE.sub("", text):
        raise expected("variables such as ${NAME}", "a name contains letters, digits and _")
    credentials = match[0] if (match := CREDENTIALS.match(text)) else ""
    if ":" in credentials.partition("://")[2] and not VARIABLE.search(credentials):
        raise expected(FROM_VARIABLE, "the password must stay secret")
    inside = VARIABLE.sub(lambda variable: quote(os.environ[variable[1]], safe=""), credentials)
    return inside + VARIABLE.sub(lambda variable: os.environ[variable[1]], text[len(credentials) :])


def _address(text: str, schemes: tuple[str, ...]) -> str:
    address = _filled(text)
    try:
        parts = urlsplit(address)
        sound = parts.scheme in schemes and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        sound = False
    if not sound or not address.isprintable() or " " in address:
        raise expected(f"an address that starts with {' or '.join(f'{scheme}://' for scheme in schemes)}")
    return address


class PostTarget(Model):
    """An http(s) address that accepts alerts in a format."""

    format: Literal["generic", "slack", "alertmanager", "teams"]
    url: Text

    @field_validator("url")
    @classmethod
    def _url(cls, text: str, info: ValidationInfo) -> str:
        if info.data.get("format") in SECRET and not VARIABLE.search(text):
            raise expected(FROM_VARIABLE, "anyone who knows the address can post to it")
        return _address(text, ("http", "https"))


class PagerDutyTarget(Model):
    """A PagerDuty service, by its integration key (Events API v2)."""

    format: Literal["pagerduty"]
    key: Text
    url: Text = "https://events.pagerduty.com/v2/enqueue"

    @field_validator("url")
    @classmethod
    def _url(cls, text: str) -> str:
        return _address(text, ("http", "https"))

    @field_validator("key")
    @classmethod
    def _key(cls, text: str) -> str:
        if not VARIABLE.search(text):
            raise expected(FROM_VARIABLE, "the key must stay secret")
        return _filled(text)


class MailTarget(Model):
    """Mail addresses, reached through a mail server."""

    format: Literal["mail"]
    url: Text
    sender: Annotated[Email, Field(alias="from")]
    to: Annotated[tuple[Email, ...], Listed, Field(min_length=1, max_length=50)]

    @field_validator("url")
    @classmethod
    def _url(cls, text: str) -> str:
        return _address(text, ("smtp", "smtps"))


class AppriseTarget(Model):
    """A service by its Apprise URL."""

    format: Literal["apprise"]
    url: Text

    @field_validator("url")
    @classmethod
    def _url(cls, text: str) -> str:
        return _filled(text)


AlertTarget = PostTarget | PagerDutyTarget | MailTarget | AppriseTarget
KEYS: Mapping[str, type[Model]] = {
    "generic": PostTarget, "slack": PostTarget, "alertmanager": PostTarget, "teams": PostTarget,
    "pagerduty": PagerDutyTarget, "mail": MailTarget, "apprise": AppriseTarget,
}  # fmt: skip


class Route(Model):
    """Selects alerts for targets: by owner, tag and source, as far as they are given."""

    owner: Email | None = None
    tag: Word | None = None
    source: Word | None = None
    to: Annotated[tuple[str, ...], Listed, Field(min_length=1)]


class AlertRoutes(Model):
    """The file. `otherwise` lists the targets of alerts that no route selects."""

    targets: Annotated[
        dict[TargetName, Annotated[AlertTarget, Field(discriminator="format")]],
        Field(min_length=1, max_length=MOST_TARGETS),
    ]
    routes: Annotated[tuple[Route, ...], Listed, Field(max_length=MOST_ROUTES)] = ()
    otherwise: Annotated[tuple[str, ...], Listed] = ()


def load_routes(file: Path, definitions: Definitions) -> AlertRoutes:
    """Reads and checks the file. Raises DefinitionErrors with all mistakes and without secrets."""
    result = parse(file, AlertRoutes)
    errors = {error.field: error for error in result.errors}
    for error in _unknown(result.parsed or result.misread, definitions):
        errors.setdefault(error.field, error)
    if errors or result.parsed is None:
        written = result.misread.document.value if result.misread else {}
        raise DefinitionErrors(_safe(_hinted(error, written)) for error in errors.values())
    return result.parsed.spec


def _safe(error: DefinitionError) -> DefinitionError:
    """Removes the value, which may be a secret, even one written in the wrong place."""
    parts = error.field.replace("[", ".").split(".")
    open_to_see = parts[0] in ("routes", "otherwise") or (len(parts) > 2 and parts[2] in SHOWN)
    return error if open_to_see else replace(error, value=None)


def _hinted(error: DefinitionError, written: Any) -> DefinitionError:
    """Suggests the key of a target or route that was probably meant."""
    parts = error.field.split(".")
    if error.expected != "a known key" or error.hint or len(parts) < 2:
        return error
    known: type[Model] = KEYS[written["targets"][parts[1]]["format"]] if parts[0] == "targets" else Route
    names = [field.alias or name for name, field in known.model_fields.items()]
    return replace(error, hint=did_you_mean(parts[-1], names))


def _unknown(
    read: ParsedFile[AlertRoutes] | FileWithErrors | None, definitions: Definitions
) -> Iterator[DefinitionError]:
    """Yields unknown names, because their alerts would silently go nowhere. Also checks a file with other mistakes."""
    written = read.document.value if read else None
    if read is None or not isinstance(written, dict):
        return
    targets = written.get("targets")
    names = {"owner": set[str](), "tag": set[str](), "source": set(definitions.sources)}
    for feature in definitions.features:
        names["owner"].add(feature.owner)
        names["tag"].update(feature.tags)
    for path, name in _names_in(written):
        known = set(targets) if isinstance(targets, dict) else None
        meaning = "the name of a target"
        if path[-1] in names:
            known, meaning = names[str(path[-1])], f"the {path[-1]} of a definition"
        if known is not None and name not in known:
            yield read.error(path, meaning, did_you_mean(name, known))


def _names_in(written: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yields the names in routes, with their paths."""
    routes = written.get("routes")
    for index, route in enumerate(routes if isinstance(routes, list) else []):
        for key, value in route.items() if isinstance(route, dict) else ():
            yield from _texts(("routes", index, key), value)
    yield from _texts(("otherwise",), written.get("otherwise"))


def _texts(path: tuple[str | int, ...], value: object) -> Iterator[tuple[tuple[str | int, ...], str]]:
    key = path[-1]
    if key in ("owner", "tag", "source") and isinstance(value, str):
        yield path, value
    elif key in ("to", "otherwise") and isinstance(value, list):
        yield from (((*path, place), name) for place, name in enumerate(value) if isinstance(name, str))
