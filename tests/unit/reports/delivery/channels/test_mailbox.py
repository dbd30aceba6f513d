"""Tests mails over a real SMTP server: content, TLS, passwords, refusals, retries."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.supervision.dataflow_process import free_port
from reports.delivery.channels import Mailbox
from tests.support.certificates import self_signed
from tests.support.services.outside.mail_server import MailServer, mail_server
from tests.support.services.outside.webhook import NOON, World, alert, changed

TEAM = ("risk-team@example.com", "oncall@example.com")


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


def mailbox(server: MailServer, host: str = "127.0.0.1", user: str = "", scheme: str = "smtp") -> Mailbox:
    return Mailbox(f"{scheme}://{user}{host}:{server.port}", "headrace@example.com", TEAM, timeout_s=5.0)


def test_a_mail_says_what_is_wrong_what_to_do_and_where_to_look(server: MailServer) -> None:
    told = changed(
        alert("user_spend_1h"), incident="a1", summary="user_spend_1h (risk-team@example.com): mean 212, usually 154",
        action="ask the owner of orders", link="http://shop:8080/incidents/a1", runbook="https://wiki/spend",
    )  # fmt: skip
    assert mailbox(server).tell([told], NOON).delivered
    (mail,) = server.mails
    assert mail["Subject"] == "firing: user_spend_1h (risk-team@example.com): mean 212, usually 154"
    assert mail["To"] == ", ".join(TEAM)
    assert mail.get_content().splitlines() == [
        "firing: user_spend_1h (risk-team@example.com): mean 212, usually 154",
        "first: ask the owner of orders",
        "incident: http://shop:8080/incidents/a1",
        "runbook: https://wiki/spend",
    ]


def test_the_end_of_an_incident_answers_its_beginning(server: MailServer) -> None:
    for state in ("firing", "resolved"):
        assert mailbox(server).tell([alert("a", state)], NOON).delivered
    begun, ended = server.mails
    assert ended["In-Reply-To"] == begun["Message-ID"] != ended["Message-ID"]


def test_texts_of_others_become_no_headers(server: MailServer) -> None:
    hostile = changed(alert("a"), summary="x\r\nBcc: all@example.com\r\n\r\n.\r\nboom", owner="y\nz")
    assert mailbox(server).tell([hostile], NOON).delivered
    assert server.mails[0]["Bcc"] is None
    assert len(server.mails) == 1


@pytest.mark.parametrize("at_once", [True, False])
def test_a_password_goes_through_tls(at_once: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = self_signed(tmp_path)
    with mail_server(certificate, at_once) as server:
        box = mailbox(server, user="me%40x:p%2Fss@", scheme="smtps" if at_once else "smtp")
        assert "certificate" in box.tell([alert()], NOON).why.lower()  # nobody vouches for it
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        answer = box.tell([alert()], NOON)
        assert answer.delivered, answer
        assert any(command.startswith("AUTH PLAIN") for command in server.commands)
        assert len(server.mails) == 1


def test_without_tls_a_password_stays_here(server: MailServer) -> None:
    answer = mailbox(server, host="0.0.0.0", user="me:s3cret@").tell([alert()], NOON)
    assert (answer.delivered, answer.refused) == (False, False)
    assert "does not offer TLS" in answer.why
    assert not [command for command in server.commands if command.startswith("AUTH")]
    assert mailbox(server, user="me:s3cret@").tell([alert()], NOON).delivered  # plaintext within this machine is safe


@pytest.mark.parametrize(
    ("replies", "refused"),
    [
        ({"MAILED": ["451 try later"]}, False),
        ({"MAILED": ["554 no such thing"]}, True),
        ({"RCPT": ["550 unknown", "550 unknown"]}, True),
        ({"RCPT": ["450 busy", "550 unknown"]}, False),
        ({"MAIL": ["530 authenticate first"]}, False),
        ({"EHLO": ["421 too busy"], "HELO": ["421 too busy"]}, False),
    ],
)
def test_a_refusal_for_good_is_told_from_one_for_now(
    replies: dict[str, list[str]], refused: bool, server: MailServer
) -> None:
    server.replies = replies
    answer = mailbox(server).tell([alert()], NOON)
    assert (answer.delivered, answer.refused) == (False, refused), answer
    assert mailbox(server).tell([alert()], NOON).delivered


def test_one_wrong_address_does_not_keep_the_mail_from_the_others(server: MailServer) -> None:
    server.replies = {"RCPT": ["550 unknown"]}
    answer = mailbox(server).tell([alert()], NOON)
    assert answer.delivered
    assert answer.why == "1 of 2 recipients refused"


def test_what_waits_for_a_mail_server_comes_when_it_is_back(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    world = World(tmp_path / "alerts.json", "")
    box = Mailbox(f"smtp://me:s3cret@127.0.0.1:{free_port()}", "headrace@example.com", TEAM)
    world.topic = [alert("a")]
    world.polled(world.notifier(box), 60)
    with mail_server() as server:
        world.polled(world.notifier(mailbox(server)), 10)
        assert len(server.mails) == 1
    assert world.noted == [("webhook", world.topic[0].key, "firing")]
    assert "s3cret" not in caplog.text + world.file.read_text()
