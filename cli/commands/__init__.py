"""The commands: signature and help of each; its handler is imported when it is called.

Help therefore loads the command line alone, and a command only what it needs.
"""

from cli.commands.authoring.init import init
from cli.commands.authoring.new import new
from cli.commands.authoring.test import test
from cli.commands.authoring.validate import validate
from cli.commands.changes.bump import bump
from cli.commands.changes.codeowners import codeowners
from cli.commands.changes.doctor import doctor
from cli.commands.changes.history import history
from cli.commands.changes.plan import plan
from cli.commands.changes.register import register
from cli.commands.changes.registry import registry
from cli.commands.docs import docs
from cli.commands.export import export
from cli.commands.get import get
from cli.commands.past.archive import archive
from cli.commands.past.baseline import baseline
from cli.commands.past.dataset import dataset
from cli.commands.past.replay import replay
from cli.commands.publish import publish
from cli.commands.quality.render import render
from cli.commands.quality.report import report
from cli.commands.run import run
from cli.commands.serve import serve
from cli.commands.traffic import traffic

__all__ = [
    "COMMANDS",
    "GROUPS",
    "PANELS",
    "archive",
    "baseline",
    "bump",
    "codeowners",
    "dataset",
    "docs",
    "doctor",
    "export",
    "get",
    "history",
    "init",
    "new",
    "panel_of",
    "plan",
    "publish",
    "register",
    "registry",
    "render",
    "replay",
    "report",
    "run",
    "serve",
    "test",
    "traffic",
    "validate",
]

COMMANDS = (
    init,
    validate,
    test,
    plan,
    bump,
    baseline,
    codeowners,
    register,
    history,
    doctor,
    run,
    replay,
    archive,
    render,
    publish,
    traffic,
    get,
    serve,
    report,
    dataset,
    docs,
)
"""In the order in which help lists them."""

GROUPS = (new, registry, export)
"""Commands with commands of their own."""

PANELS = {
    "Write features": ("init", "new", "validate", "test"),
    "Change features": ("plan", "bump", "baseline", "codeowners", "register", "registry", "history", "doctor"),
    "Run": ("run", "replay", "archive", "render", "publish", "traffic"),
    "Read": ("get", "serve", "report", "dataset"),
    "Share": ("docs", "export"),
}
"""The panels of the help, and the names of the commands in each."""


def panel_of(command: str) -> str:
    """The panel of the help in which a command is."""
    return next(panel for panel, names in PANELS.items() if command in names)
