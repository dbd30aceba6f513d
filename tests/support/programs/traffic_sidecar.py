"""A sidecar that runs until it is stopped."""

from pathlib import Path

from cli.supervision.sidecars import Service


def traffic(folder: Path, name: str = "traffic") -> Service:
    """Returns a command that runs until it is stopped."""
    settings = {"HEADRACE_VAR": str(folder / "events")}
    return Service(name, ["traffic", "--rate", "1"], folder / f"{name}.log", settings)
