"""SMS over SMPP 3.4, by smpplib: a transmitter that each worker process keeps open."""

from __future__ import annotations

import datetime as dt
import itertools
import select
import threading
import time
from contextlib import suppress
from typing import Any

from django.conf import settings
from smpplib import consts, exceptions, smpp
from smpplib.client import Client

from .protocol import AmbiguousError, Outgoing, PassingError, PermanentError, Receipt
from .segments import GSM7, encode, encoding_of, split

# SMPP 3.4, 5.1.3. What is in neither table stays wrong however often it is sent.
_PASSING = frozenset(
    {
        consts.SMPP_ESME_RSYSERR,
        consts.SMPP_ESME_RMSGQFUL,
        consts.SMPP_ESME_RTHROTTLED,
        consts.SMPP_ESME_RINVBNDSTS,
        consts.SMPP_ESME_RUNKNOWNERR,
        consts.SMPP_ESME_RX_T_APPN,
    }
)
_BAD_ADDRESS = frozenset({consts.SMPP_ESME_RINVDSTADR, consts.SMPP_ESME_RINVDSTTON, consts.SMPP_ESME_RINVDSTNPI})
_CODING = {GSM7: consts.SMPP_ENCODING_DEFAULT}
# A line that was idle for so long is asked whether it is alive before a message is trusted to it.
IDLE_SECONDS = 20.0
_references = itertools.count(int(time.time()) % 256)


class _Refused(Exception):
    """The centre answered, and said no."""

    def __init__(self, status: int) -> None:
        words = consts.DESCRIPTIONS.get(status, "unknown error")
        super().__init__(f"0x{status:08x} {words}")
        self.status = status


class SmppChannel:
    """SMPP has no way to ask by our own key what became of a message: what was not answered stays unknown."""

    name = "smpp"
    can_look_up = False

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._client: Client | None = None
        self._used_at = 0.0

    def send(self, message: Outgoing) -> Receipt:
        with self._lock:
            client = self._ready()
            try:
                return self._submit_all(client, message)
            finally:
                self._used_at = time.monotonic()

    def lookup(self, message: Outgoing, since: dt.datetime) -> Receipt | None:
        return None

    def close(self) -> None:
        """Hang up; the next message opens a new line."""
        client, self._client = self._client, None
        if client is not None:
            hang_up(client)

    def _ready(self) -> Client:
        """A bound line that answers. PassingError: nothing was sent yet."""
        if self._client is not None and not self._is_alive(self._client):
            self.close()
        if self._client is None:
            client = new_client()
            try:
                client.connect()
                client.bind_transmitter(system_id=settings.SMPP_SYSTEM_ID, password=settings.SMPP_PASSWORD)
            except (exceptions.PDUError, exceptions.ConnectionError, OSError) as error:
                hang_up(client)
                raise PassingError(f"no line to the SMS centre: {error}") from error
            self._client = client
        return self._client

    def _is_alive(self, client: Client) -> bool:
        try:
            while select.select([client._socket], [], [], 0)[0]:  # noqa: SLF001  # smpplib offers no way to look
                client.read_once(auto_send_enquire_link=False)
            if time.monotonic() - self._used_at > IDLE_SECONDS:
                question = smpp.make_pdu("enquire_link", client=client)
                client.send_pdu(question)
                _answer(client, question.sequence)
        except (exceptions.PDUError, exceptions.ConnectionError, OSError, _Refused):
            return False
        return True

    def _submit_all(self, client: Client, message: Outgoing) -> Receipt:
        encoding = encoding_of(message.body)
        parts = split(message.body)
        if len(parts) > 255:
            raise PermanentError("the text is too long for SMS")
        reference, numbers = next(_references) % 256, []
        for number, part in enumerate(parts, start=1):
            header = bytes((5, 0, 3, reference, len(parts), number)) if len(parts) > 1 else b""
            try:
                numbers.append(self._submit(client, message.to, header, part, encoding))
            except _Refused as refusal:
                if numbers:
                    # The phone may show the first parts: sending all again would show them twice.
                    raise AmbiguousError(f"part {number} of {len(parts)} was refused: {refusal}") from refusal
                raise _as_error(refusal) from refusal
            except (exceptions.PDUError, exceptions.ConnectionError, OSError) as error:
                self.close()
                raise AmbiguousError(f"the SMS centre did not answer: {error!r}") from error
        return Receipt(tuple(numbers))

    def _submit(self, client: Client, to: str, header: bytes, part: str, encoding: str) -> str:
        pdu = smpp.make_pdu(
            "submit_sm",
            client=client,
            **_source(settings.SMPP_SOURCE),
            dest_addr_ton=consts.SMPP_TON_INTL,
            dest_addr_npi=consts.SMPP_NPI_ISDN,
            destination_addr=to.removeprefix("+"),
            esm_class=consts.SMPP_GSMFEAT_UDHI if header else consts.SMPP_MSGTYPE_DEFAULT,
            data_coding=_CODING.get(encoding, consts.SMPP_ENCODING_ISO10646),
            registered_delivery=True,
            short_message=header + encode(part, encoding),
        )
        client.send_pdu(pdu)
        answer = _answer(client, pdu.sequence)
        number = answer.message_id or b""
        words = number.decode("ascii", "replace") if isinstance(number, bytes) else str(number)
        if not words:
            raise exceptions.ConnectionError("the SMS centre gave no number")
        return words


def new_client() -> Client:
    """A line that is not open yet, with the patience of SMPP_TIMEOUT seconds."""
    return Client(settings.SMPP_HOST, settings.SMPP_PORT, timeout=settings.SMPP_TIMEOUT, allow_unknown_opt_params=True)


def hang_up(client: Client) -> None:
    """Farewell without waiting for an answer: the other side may be gone."""
    # A line that never opened has no socket: there is nothing to say farewell to.
    with suppress(exceptions.PDUError, exceptions.ConnectionError, OSError, AttributeError):
        client.send_pdu(smpp.make_pdu("unbind", client=client))
    client.disconnect()


def _answer(client: Client, sequence: int) -> Any:
    """The answer to our request; what else comes on the line meanwhile is answered. _Refused for an error status."""
    end = time.monotonic() + client.timeout
    while time.monotonic() < end:
        pdu = client.read_pdu()
        if pdu.sequence == sequence and pdu.command != "enquire_link":
            if pdu.is_error():
                raise _Refused(int(pdu.status))
            return pdu
        if pdu.command == "enquire_link":
            answer = smpp.make_pdu("enquire_link_resp", client=client)
            answer.sequence = pdu.sequence
            client.send_pdu(answer)
        elif pdu.command == "unbind":
            raise exceptions.ConnectionError("the SMS centre hangs up")
    raise TimeoutError("no answer in time")


def _as_error(refusal: _Refused) -> PassingError | PermanentError:
    if refusal.status in _PASSING:
        return PassingError(str(refusal))
    return PermanentError(str(refusal), bad_address=refusal.status in _BAD_ADDRESS)


def _source(sender: str) -> dict[str, Any]:
    """Kind and plan of our own address: a name, a number of the world's plan, or the network's short one."""
    if not sender:
        return {"source_addr": "", "source_addr_ton": consts.SMPP_TON_UNK, "source_addr_npi": consts.SMPP_NPI_UNK}
    number = sender.removeprefix("+")
    if not number.isdigit():
        ton, npi = consts.SMPP_TON_ALNUM, consts.SMPP_NPI_UNK
    elif sender.startswith("+"):
        ton, npi = consts.SMPP_TON_INTL, consts.SMPP_NPI_ISDN
    else:
        ton, npi = consts.SMPP_TON_NWSPEC, consts.SMPP_NPI_ISDN
    return {"source_addr": number, "source_addr_ton": ton, "source_addr_npi": npi}
