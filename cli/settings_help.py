"""The settings as the help of the program lists them."""

from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from dataflows.runtime.settings import PREFIX, Settings
from dataflows.runtime.settings_loader import DEFAULT_FILE, ENV_FILE


def settings_panel() -> Panel:
    """All settings with what they mean and what they are by default."""
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(style="bold cyan", no_wrap=True)
    table.add_column()
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else f" [default: {field.default}]"
        table.add_row(PREFIX + name.upper(), Text(field.description or "").append(default, "dim"))
    title = f"Settings: environment variables, or lines of {DEFAULT_FILE} ({ENV_FILE} names another)"
    return Panel(table, title=title, title_align="left", border_style="dim")
