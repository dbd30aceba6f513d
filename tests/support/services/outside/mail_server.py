"""A real SMTP server, of a few commands, with TLS from the first byte or on request; and what came."""

import email
import socketserver
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from functools import partial
from pathlib import Path
from typing import Any

from tests.support.services.outside.server_thread import answering


@dataclass(slots=True)
class MailServer:
    """Mails that were taken; `replies` says what is answered to a command in place of the usual, while it lasts."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    replies: dict[str, list[str]] = field(default_factory=dict)
    context: ssl.SSLContext | None = None
    at_once: bool = False  # TLS from the first byte


USUAL = {"AUTH": "235 ok", "MAIL": "250 ok", "RCPT": "250 ok", "RSET": "250 ok", "NOOP": "250 ok", "QUIT": "221 bye"}


@contextmanager
def mail_server(certificate: Path | None = None, at_once: bool = False) -> Iterator[MailServer]:
    """Yields a server on 127.0.0.1; it offers TLS if given a certificate, with `key.pem` in the same folder."""
    state = MailServer(at_once=at_once)
    if certificate:
        state.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        state.context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), partial(_MailSession, state))
    server.daemon_threads = True
    with answering(server) as state.port:
        yield state


class _MailSession(socketserver.StreamRequestHandler):
    def __init__(self, server: MailServer, *arguments: Any) -> None:
        self.mail = server
        super().__init__(*arguments)

    def handle(self) -> None:
        with suppress(ssl.SSLError):  # the client does not trust the certificate
            if self.mail.at_once:
                self.encrypt()
            self.converse()

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()
        self.request.close()

    def encrypt(self) -> None:
        assert self.mail.context is not None
        self.request = self.mail.context.wrap_socket(self.request, server_side=True)
        super().setup()

    def converse(self) -> None:
        self.say("220 ready")
        while line := self.rfile.readline():
            text = line.decode().strip()
            self.mail.commands.append(text)
            word = text.split(" ")[0].upper()
            if scripted := self.mail.replies.get(word):
                self.say(scripted.pop(0))
                continue
            self.obey(word)
            if word == "QUIT":
                return

    def obey(self, word: str) -> None:
        match word:
            case "EHLO":
                offered = [] if self.mail.context is None or self.mail.at_once else ["STARTTLS"]
                words = ["here", *offered, "AUTH PLAIN"]
                self.say("\r\n".join([*(f"250-{extension}" for extension in words[:-1]), f"250 {words[-1]}"]))
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
        answer = self.mail.replies.get("MAILED", [])
        if answer:
            self.say(answer.pop(0))
            return
        self.mail.mails.append(email.message_from_bytes(b"".join(lines), policy=default))
        self.say("250 taken")

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())
        self.wfile.flush()
