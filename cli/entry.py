"""Entry point of the installed program `headrace`: handles Ctrl-C before anything else is loaded."""

from collections.abc import Sequence

from cli.interrupts import interruptible


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the program with these arguments, by default those of the process."""
    with interruptible():
        from cli.main import app

        app(arguments)


if __name__ == "__main__":
    main()
