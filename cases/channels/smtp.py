"""E-mail by SMTP (RFC 5321), with the connection that the EMAIL_* settings name."""

from __future__ import annotations

import datetime as dt
import smtplib

from django.core.mail import get_connection

from .mail import build_mail, message_id
from .protocol import AmbiguousError, Outgoing, PassingError, PermanentError, Receipt

# Basic codes of RFC 5321 4.2.3 which say that the mailbox is the trouble.
_BAD_ADDRESS = frozenset({550, 551, 553})


class SmtpChannel:
    """SMTP has no way to ask what became of a message: what was not answered stays unknown."""

    name = "smtp"
    can_look_up = False

    def send(self, message: Outgoing) -> Receipt:
        number = message_id(message.key)
        # Always SMTP: this adapter is chosen by EMAIL_PROVIDER, not by Django's own choice of backend.
        connection = get_connection("django.core.mail.backends.smtp.EmailBackend", fail_silently=False)
        mail = build_mail(message)
        try:
            connection.open()
        except smtplib.SMTPAuthenticationError as error:
            raise PassingError(f"the mail server refuses our name: {error.smtp_code}") from error
        except (smtplib.SMTPException, OSError) as error:
            raise PassingError(f"no connection to the mail server: {error}") from error
        try:
            connection.send_messages([mail])
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            raise _refusal(code, text) from error
        except smtplib.SMTPResponseException as error:
            raise _refusal(error.smtp_code, error.smtp_error) from error
        except (smtplib.SMTPException, OSError) as error:
            # The line broke between our data and the server's answer, or before: it cannot be told which.
            raise AmbiguousError(f"the mail server did not answer: {error}") from error
        finally:
            _hang_up(connection)
        return Receipt((number,))

    def lookup(self, message: Outgoing, since: dt.datetime) -> Receipt | None:
        return None


def _refusal(code: int, text: bytes | str) -> PassingError | PermanentError:
    """4xx passes, 5xx stays (RFC 5321 4.2.1)."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    if 400 <= code < 500:
        return PassingError(f"{code} {words}")
    return PermanentError(f"{code} {words}", bad_address=code in _BAD_ADDRESS)


def _hang_up(connection: object) -> None:
    """The message is through or refused by now; a farewell that fails changes nothing."""
    try:
        connection.close()  # type: ignore[attr-defined]
    except (smtplib.SMTPException, OSError):
        return
