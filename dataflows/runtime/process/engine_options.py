"""Reads the engine's command line, which the engine does not pass to the dataflow."""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """The recovery folder of this process, None without one; whether the process runs alone; all addresses.

    >>> engine_options(["dataflows.features", "-r", "store", "-s", "10", "-b", "0"])
    EngineOptions(recovery=PosixPath('store'), alone=True, addresses='')
    """

    recovery: Path | None
    alone: bool
    addresses: str = ""


def engine_options(words: Sequence[str] | None = None) -> EngineOptions:
    """Parses the engine's options from command line words, or from its environment variables."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("-r", "--recovery-directory", default=os.environ.get("BYTEWAX_RECOVERY_DIRECTORY"))
    parser.add_argument("-a", "--addresses", default=os.environ.get("BYTEWAX_ADDRESSES"))
    parser.add_argument("-p", "--processes", type=int, default=1)
    options, _ = parser.parse_known_args(sys.argv[1:] if words is None else list(words))
    alone = not options.addresses and options.processes == 1 and "BYTEWAX_HOSTFILE_PATH" not in os.environ
    return EngineOptions(
        Path(options.recovery_directory) if options.recovery_directory else None, alone, options.addresses or ""
    )
