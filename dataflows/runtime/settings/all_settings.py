"""All settings of a process: HEADRACE_... variables with their types, bounds and defaults."""

from pydantic_settings import BaseSettings, SettingsConfigDict

from dataflows.runtime.settings.alerts import AlertSettings
from dataflows.runtime.settings.dataflow import DataflowSettings
from dataflows.runtime.settings.folders import FolderSettings
from dataflows.runtime.settings.governance import GovernanceSettings
from dataflows.runtime.settings.history import HistorySettings
from dataflows.runtime.settings.pulsar import PulsarSettings
from dataflows.runtime.settings.quality import QualitySettings
from dataflows.runtime.settings.redis import RedisSettings
from dataflows.runtime.settings.serving import ServingSettings

PREFIX = "HEADRACE_"


class Settings(
    GovernanceSettings,
    ServingSettings,
    AlertSettings,
    QualitySettings,
    HistorySettings,
    DataflowSettings,
    RedisSettings,
    PulsarSettings,
    FolderSettings,
    BaseSettings,
):
    """All settings of a process; `load_settings` reads them. The example begins with those of the last base.

    >>> Settings(shards=8).shards
    8
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True, hide_input_in_errors=True
    )


def variable(name: str) -> str:
    """Returns the environment variable of a setting: `HEADRACE_SHARDS` for `shards`."""
    return PREFIX + name.upper()
