"""The list of settings in the help of the program."""

from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from dataflows.runtime.settings import PREFIX, Settings
from dataflows.runtime.settings_loader import DEFAULT_FILE, ENV_FILE


def settings_panel() -> Panel:
    """Lists all settings with their descriptions and defaults."""
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(style="bold cyan", no_wrap=True)
    table.add_column()
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else f" [default: {field.default}]"
        table.add_row(PREFIX + name.upper(), Text(field.description or "").append(default, "dim"))
    title = f"Settings: environment variables, or lines in {DEFAULT_FILE} (or in the file that {ENV_FILE} names)"
    return Panel(table, title=title, title_align="left", border_style="dim")
