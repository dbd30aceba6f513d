"""The settings, grouped by topic."""

from dataflows.runtime.settings.addresses import TOPIC, admin_url_of
from dataflows.runtime.settings.all_settings import PREFIX, Settings, variable
from dataflows.runtime.settings.errors import SettingsError

__all__ = ["PREFIX", "TOPIC", "Settings", "SettingsError", "admin_url_of", "variable"]
