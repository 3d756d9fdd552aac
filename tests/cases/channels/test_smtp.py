"""E-mail over the wire, to a small mail server in this process that answers as it is told (RFC 5321)."""

import datetime as dt
import email
import email.policy
import socketserver
import threading
from typing import cast

import pytest

from cases.channels import AmbiguousError, Outgoing, PassingError, PermanentError, channel_for
from cases.channels.smtp import message_id

SINCE = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
MESSAGE = Outgoing("case:1:step:a", "b@example.com", "关于您的账户", "Dear Mr/Ms Z*,\n\n请还款。\n", "en")


class _Session(socketserver.StreamRequestHandler):
    def _say(self, line):
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self):
        server = cast(_Server, self.server)
        self._say("220 test")
        while line := self.rfile.readline():
            verb = line.split(b":")[0].split()[0].upper().decode()
            if verb == "DATA":
                self._say("354 go on")
                lines = []
                while (part := self.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(part)
                server.received.append(b"".join(lines))
            answer = server.answers.get(verb, "250 ok")
            if answer is None:
                return  # hangs up without a word
            if verb == "DATA" or verb != "QUIT":
                self._say(answer)
            else:
                self._say("221 bye")
                return


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    answers: dict[str, str | None]
    received: list[bytes]
    daemon_threads = True


@pytest.fixture
def mail_server(settings):
    with _Server(("127.0.0.1", 0), _Session) as server:
        server.answers, server.received = {}, []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        settings.EMAIL_PROVIDER = "smtp"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.server_address[1], 5
        settings.DEFAULT_FROM_EMAIL = "Sample Lender <collections@example.org>"
        yield server
        server.shutdown()
        thread.join()


def test_a_mail_arrives_whole_with_an_id_that_follows_from_its_key(mail_server):
    receipt = channel_for("email").send(MESSAGE)
    (raw,) = mail_server.received
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert mail["Message-ID"] == receipt.provider_ids[0] == message_id(MESSAGE.key)
    assert mail["Message-ID"].endswith("@example.org>")
    assert (mail["To"], mail["Subject"]) == ("b@example.com", "关于您的账户")
    assert mail.get_content().splitlines() == MESSAGE.body.splitlines()
    assert message_id("another") != message_id(MESSAGE.key) == message_id(MESSAGE.key)


@pytest.mark.parametrize(
    ("verb", "answer", "error", "bad_address"),
    [
        ("RCPT", "451 try later", PassingError, False),
        ("RCPT", "550 no such mailbox", PermanentError, True),
        ("RCPT", "554 policy", PermanentError, False),
        ("MAIL", "421 too many connections", PassingError, False),
        ("DATA", "452 no room", PassingError, False),
        ("DATA", "554 we think it is spam", PermanentError, False),
        ("DATA", None, AmbiguousError, False),
    ],
)
def test_what_the_server_says_is_told_apart(mail_server, verb, answer, error, bad_address):
    mail_server.answers[verb] = answer
    with pytest.raises(error) as caught:
        channel_for("email").send(MESSAGE)
    assert getattr(caught.value, "bad_address", False) == bad_address


def test_no_server_is_a_passing_error(mail_server, settings):
    mail_server.shutdown()
    mail_server.server_close()
    with pytest.raises(PassingError):
        channel_for("email").send(MESSAGE)
    assert not channel_for("email").can_look_up


@pytest.mark.parametrize("channel", ["sms", "email"])
@pytest.mark.django_db
def test_the_development_provider_accepts_a_key_once_and_knows_it(channel):
    provider = channel_for(channel)
    assert provider.lookup(MESSAGE, SINCE) is None
    assert provider.send(MESSAGE) == provider.send(MESSAGE) == provider.lookup(MESSAGE, SINCE)
