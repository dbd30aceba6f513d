"""Loads the settings from the environment and one file; reports all errors at once and never repeats a secret."""

import os
import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from dataflows.expectations import EXPECTED, did_you_mean
from dataflows.runtime.settings import PREFIX, Settings, SettingsError, variable

ENV_FILE = "HEADRACE_ENV_FILE"
DEFAULT_FILE = "headrace.env"
SLIP = 0.9  # minimum similarity at which an unknown variable counts as a misspelt setting
READ_EARLIER = frozenset({ENV_FILE, "HEADRACE_POLARS_THREADS"})
_SAYS = {
    "specs": "a folder",
    "var": "a folder",
    "pulsar_url": "pulsar://host:port or pulsar+ssl://host:port",
    "pulsar_admin_url": "http://host:port or https://host:port",
    "dead_letter_topic": "a full topic name such as persistent://public/default/dead-letters",
    "registry_topic": "a full topic name such as persistent://public/headrace/registry",
    "redis_prefix": "letters, digits, '_', '-' and '.'",
}


def load_settings() -> Settings:
    """Loads the settings of this process; the environment takes precedence over the file.

    HEADRACE_ENV_FILE names the file; without it, `headrace.env` in the working directory is read if it exists.
    Raises SettingsError with all errors.
    """
    file = _file()
    mistakes = [*_misspelt(file)]
    settings: Settings | None = None
    read: Callable[..., Settings] = Settings
    try:
        settings = read(_env_file=file, _env_file_encoding="utf-8")
    except ValidationError as error:
        mistakes += [_line(details) for details in error.errors(include_url=False)]
    if settings is None or mistakes:
        raise SettingsError("\n".join(mistakes)) from None
    return settings


def _file() -> Path | None:
    named = os.environ.get(ENV_FILE)
    file = Path(named or DEFAULT_FILE)
    if named and not file.is_file():
        raise SettingsError(f"{ENV_FILE}: {file}; expected a file that exists")
    return file if file.is_file() else None


def _misspelt(file: Path | None) -> Iterator[str]:
    """Yields an error for every unknown name in the file, and for names in the environment that look misspelt."""
    known = {variable(name) for name in Settings.model_fields}
    for name in dotenv_values(file, interpolate=False) if file else ():
        if name not in known:
            yield _unknown(f"{file}: {name}", did_you_mean(name, known))
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in known | READ_EARLIER:
            close = get_close_matches(name, known, n=1, cutoff=SLIP)
            yield from [_unknown(name, f"did you mean {close[0]}?")] if close else []


def _unknown(name: str, hint: str | None) -> str:
    return f"{name}: unknown setting" + (f"; {hint}" if hint else "")


def _line(details: ErrorDetails) -> str:
    kind, context = details["type"], details.get("ctx", {})
    if not details["loc"]:
        return f"expected {context[EXPECTED]}"
    name = str(details["loc"][0])
    value = _masked(details["input"], str(Settings.model_fields[name].annotation))
    says = str(context[EXPECTED]) if kind == EXPECTED else _SAYS.get(name) or _bounds(kind, context)
    return f"{variable(name)}: {value}; expected {says or details['msg']}"


def _masked(value: object, annotation: str) -> str:
    """Returns a value with any secret in it masked."""
    if "Secret" in annotation:
        return "(value not shown)"
    return re.sub(r"//[^/@]*@", "//***@", str(value))


def _bounds(kind: str, context: dict[str, Any]) -> str | None:
    says = {"ge": "at least", "le": "at most"}
    if kind == "int_parsing":
        return "a whole number"
    if kind == "bool_parsing":
        return "true or false"
    if kind == "literal_error":
        return str(context["expected"]).replace("'", "")
    return next((f"{words} {context[key]}" for key, words in says.items() if key in context), None)
