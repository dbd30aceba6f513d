"""A real SMTP server with a few commands, with TLS from the first byte or on request; collects the mails."""

import datetime
import email
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass(slots=True)
class MailServer:
    """The accepted mails; `replies` replaces the usual answers to a command, as long as it lasts."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    replies: dict[str, list[str]] = field(default_factory=dict)
    context: ssl.SSLContext | None = None
    at_once: bool = False  # TLS from the first byte


USUAL = {"AUTH": "235 ok", "MAIL": "250 ok", "RCPT": "250 ok", "RSET": "250 ok", "NOOP": "250 ok", "QUIT": "221 bye"}


@contextmanager
def mail_server(certificate: Path | None = None, at_once: bool = False) -> Iterator[MailServer]:
    """Serves on 127.0.0.1; offers TLS with a certificate."""
    state = MailServer(at_once=at_once)
    if certificate:
        state.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        state.context.load_cert_chain(certificate)
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _handler(state))
    server.daemon_threads = True
    state.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join(60)


def made_certificate(folder: Path) -> Path:
    """Creates the key and self-signed certificate of 127.0.0.1 in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "mail.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return file


def _handler(state: MailServer) -> type[socketserver.StreamRequestHandler]:
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with suppress(ssl.SSLError):  # the client does not trust the certificate
                if state.at_once:
                    self.encrypt()
                self.converse()

        def finish(self) -> None:
            with suppress(OSError):
                super().finish()
            self.request.close()

        def encrypt(self) -> None:
            assert state.context is not None
            self.request = state.context.wrap_socket(self.request, server_side=True)
            super().setup()

        def converse(self) -> None:
            self.say("220 ready")
            while line := self.rfile.readline():
                text = line.decode().strip()
                state.commands.append(text)
                word = text.split(" ")[0].upper()
                if scripted := state.replies.get(word):
                    self.say(scripted.pop(0))
                    continue
                self.obey(word)
                if word == "QUIT":
                    return

        def obey(self, word: str) -> None:
            match word:
                case "EHLO":
                    offered = [] if state.context is None or state.at_once else ["STARTTLS"]
                    words = ["here", *offered, "AUTH PLAIN"]
                    self.say("\r\n".join([*(f"250-{one}" for one in words[:-1]), f"250 {words[-1]}"]))
                case "STARTTLS":
                    self.say("220 go on")
                    self.encrypt()
                case "DATA":
                    self.say("354 go on")
                    self.read_mail()
                case _:
                    self.say(USUAL.get(word, "500 what"))

        def read_mail(self) -> None:
            lines = list(iter(self.rfile.readline, b".\r\n"))
            answer = state.replies.get("MAILED", [])
            if answer:
                self.say(answer.pop(0))
                return
            state.mails.append(email.message_from_bytes(b"".join(lines), policy=default))
            self.say("250 taken")

        def say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())
            self.wfile.flush()

    return Handler
