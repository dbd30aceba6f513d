"""Creates self-signed certificates of TLS servers."""

import subprocess
from pathlib import Path


def self_signed(folder: Path, names: str = "IP:127.0.0.1") -> Path:
    """Creates `cert.pem` for these names, with its key in `key.pem`; returns the path of the certificate."""
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=server -keyout key.pem -out cert.pem"
    alternative = ["-addext", f"subjectAltName={names}"]
    subprocess.run([*command.split(), *alternative], cwd=folder, check=True, capture_output=True)
    return folder / "cert.pem"
