"""Sends alerts by mail. A password leaves this machine only through TLS."""

import hashlib
import smtplib
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from reports.delivery.channels.channel import DeliveryResult
from reports.delivery.channels.words import headline, paragraph
from reports.plain_texts import plain
from reports.records import Alert

TIMEOUT_S = 10.0
PORTS = {"smtp": 587, "smtps": 465}
MOST_ALERTS = 100
LONGEST_SUBJECT = 150
PERMANENT = 500  # reply codes from here on are refusals
ABOUT_THE_SENDER = frozenset({530, 534, 535, 538})  # can be fixed at the server or in the settings, so it is retried


class NoTls(Exception):
    """A password cannot be sent to a server without TLS."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Sends mails from `sender` to `recipients` through the server of a smtp:// or smtps:// URL.

    smtps:// uses TLS from the first byte; smtp:// switches to TLS if the server offers it.
    """

    url: str
    sender: str
    recipients: tuple[str, ...]
    timeout_s: float = TIMEOUT_S

    at_once = MOST_ALERTS
    renew_ms = 0
    needs_begin = False

    def tell(self, alerts: Sequence[Alert], now_ms: int) -> DeliveryResult:
        """Sends one mail about the alerts; the end of an incident replies to the mail about its beginning."""
        try:
            with self._connected() as server:
                refused = server.send_message(self._mail(alerts, now_ms), self.sender, list(self.recipients))
        except smtplib.SMTPRecipientsRefused as error:
            return _refusal([code for code, _ in error.recipients.values()])
        except smtplib.SMTPResponseException as error:
            return _refusal([error.smtp_code])
        except NoTls:
            return DeliveryResult(False, why="the server does not offer TLS; the password is not sent without it")
        except (OSError, smtplib.SMTPException) as error:
            return DeliveryResult(False, why=_failure(error))
        return DeliveryResult(
            True, why=f"{len(refused)} of {len(self.recipients)} recipients refused" if refused else ""
        )

    def _connected(self) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        context = ssl.create_default_context()
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=self.timeout_s, context=context)
        else:
            server = smtplib.SMTP(host, port, timeout=self.timeout_s)
        try:
            self._introduce(server, host, parts.username, parts.password, context)
        except BaseException:
            server.close()
            raise
        return server

    def _introduce(
        self, server: smtplib.SMTP, host: str, user: str | None, password: str | None, context: ssl.SSLContext
    ) -> None:
        server.ehlo_or_helo_if_needed()
        encrypted = isinstance(server, smtplib.SMTP_SSL)
        if not encrypted and server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
            encrypted = True
        if user:
            if not encrypted and not _is_local(host):
                raise NoTls
            server.login(unquote(user), unquote(password or ""))

    def _mail(self, alerts: Sequence[Alert], now_ms: int) -> EmailMessage:
        mail = EmailMessage()
        first = alerts[0]
        mail["From"], mail["To"], mail["Date"] = self.sender, ", ".join(self.recipients), formatdate(now_ms / 1000)
        mail["Subject"] = plain(headline(alerts), LONGEST_SUBJECT)
        domain = self.sender.rpartition("@")[2]
        mail["Message-ID"] = _id_of(first, first.state, domain)
        if first.state == "resolved":
            mail["In-Reply-To"] = mail["References"] = _id_of(first, "firing", domain)
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content("\n\n".join(paragraph(alert) for alert in alerts) + "\n")
        return mail


def _id_of(alert: Alert, state: str, domain: str) -> str:
    return f"<{hashlib.sha256(f'{alert.key} {state}'.encode()).hexdigest()[:32]}@{domain}>"


def _refusal(codes: Sequence[int]) -> DeliveryResult:
    """Returns a final refusal only if all codes are final and do not concern the sender."""
    final = all(code >= PERMANENT and code not in ABOUT_THE_SENDER for code in codes)
    return DeliveryResult(False, refused=final, why=f"SMTP reply {', '.join(map(str, sorted(set(codes))))}")


def _failure(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "timeout"
    text = error.strerror if isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException) else None
    return text or type(error).__name__


def _is_local(host: str) -> bool:
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"
