"""Where the installed program `headrace` begins: Ctrl-C has an answer before anything else is loaded."""

import signal

from cli.interrupting import SIGNALS, interruptible


def main() -> None:
    """Run the program. While it ends, what it still saves is not torn by another signal."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)  # what is found here is what is put back at the end
    with interruptible():
        from cli.main import app

        app()


if __name__ == "__main__":
    main()
