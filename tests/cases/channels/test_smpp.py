"""SMPP against a real SMS centre over the wire."""

import socket
import threading
from contextlib import closing

import pytest
import smpp34
from django.core.management import call_command
from smpplib import consts

from cases.channels import AmbiguousError, Outgoing, PassingError, PermanentError, channel_for, registry
from cases.channels.segments import GSM7, UCS2, decode
from cases.channels.smpp import SmppChannel
from cases.models import Message, ProviderEvent
from cases.services.outbox import dispatch
from cases.services.receipts import store_events
from tests.cases.channels.smsc import HANG_UP, SILENT, smsc
from tests.cases.outbox.conftest import NOON
from tests.cases.reports.conftest import case as case  # the fixture
from tests.cases.reports.conftest import write
from tests.servers import free_port

TO = "+8615400000001"
LONG = "【示例贷款】尊敬的客户：您的借款已逾期，请于 2026-03-07 前还款。如已还款，请忽略本短信。" * 3


@pytest.fixture
def centre(settings):
    with smsc() as running:
        settings.SMPP_HOST, settings.SMPP_PORT = "127.0.0.1", running.port
        settings.SMPP_SYSTEM_ID, settings.SMPP_PASSWORD, settings.SMPP_SOURCE = "fairdue", "secret", "10690000"
        settings.SMPP_TIMEOUT = 2
        yield running


@pytest.fixture
def channel(centre):
    made = SmppChannel()
    yield made
    made.close()


def outgoing(body="Please pay.", to=TO):
    return Outgoing("key-1", to, "", body)


def test_a_short_text_goes_as_one_part(centre, channel):
    receipt = channel.send(outgoing("Pay €5 @ Sample [Lender]"))
    (part,) = centre.got
    assert receipt.provider_ids == ("m1",)
    assert (part.destination_addr, part.dest_addr_ton, part.dest_addr_npi) == ("8615400000001", 1, 1)
    assert (part.source_addr, part.data_coding, part.esm_class, part.registered_delivery) == ("10690000", 0, 0, 1)
    assert decode(part.short_message, GSM7) == "Pay €5 @ Sample [Lender]"


def test_a_long_chinese_text_arrives_whole_and_in_order(centre, channel):
    receipt = channel.send(outgoing(LONG))
    assert receipt.provider_ids == tuple(centre.numbers)
    assert len(centre.got) == 3
    headers = [part.short_message[:6] for part in centre.got]
    assert len({header[3] for header in headers}) == 1  # one reference
    assert [tuple(header[:3]) + tuple(header[4:]) for header in headers] == [(5, 0, 3, 3, n) for n in (1, 2, 3)]
    assert {part.esm_class & 0x40 for part in centre.got} == {0x40}
    assert {part.data_coding for part in centre.got} == {8}
    assert all(len(part.short_message) <= 140 for part in centre.got)
    assert "".join(decode(part.short_message[6:], UCS2) for part in centre.got) == LONG


@pytest.mark.parametrize(
    ("sender", "ton", "npi"), [("SampleLoan", 5, 0), ("+12025550100", 1, 1), ("10690000", 3, 1), ("", 0, 0)]
)
def test_our_address_says_what_kind_it_is(centre, channel, settings, sender, ton, npi):
    settings.SMPP_SOURCE = sender
    channel.send(outgoing())
    (part,) = centre.got
    assert (part.source_addr, part.source_addr_ton, part.source_addr_npi) == (sender.removeprefix("+"), ton, npi)


@pytest.mark.parametrize("status", [consts.SMPP_ESME_RTHROTTLED, consts.SMPP_ESME_RMSGQFUL, consts.SMPP_ESME_RSYSERR])
def test_a_busy_centre_is_tried_again(centre, channel, status):
    centre.answers = [status]
    with pytest.raises(PassingError, match=f"{status:08x}"):
        channel.send(outgoing())
    assert channel.send(outgoing()).provider_ids == ("m1",)


@pytest.mark.parametrize(("status", "bad"), [(consts.SMPP_ESME_RINVDSTADR, True), (consts.SMPP_ESME_RINVSRCADR, False)])
def test_a_refusal_stays_one(centre, channel, status, bad):
    centre.answers = [status]
    with pytest.raises(PermanentError) as refused:
        channel.send(outgoing())
    assert refused.value.bad_address is bad


def test_a_part_that_is_refused_after_others_went_leaves_it_open(centre, channel):
    centre.answers = [None, consts.SMPP_ESME_RTHROTTLED]
    with pytest.raises(AmbiguousError, match="part 2 of 3"):
        channel.send(outgoing(LONG))
    assert len(centre.got) == 1


def test_silence_leaves_it_open_and_the_next_message_takes_a_new_line(centre, channel, settings):
    settings.SMPP_TIMEOUT = 1
    centre.answers = [SILENT]
    with pytest.raises(AmbiguousError):
        channel.send(outgoing())
    assert channel.send(outgoing()).provider_ids == ("m1",)


def test_a_line_that_breaks_after_the_message_leaves_it_open(centre, channel):
    centre.answers = [HANG_UP]
    with pytest.raises(AmbiguousError):
        channel.send(outgoing())
    assert channel.send(outgoing()).provider_ids == ("m1",)


def test_no_centre_is_no_fault_of_the_message(settings):
    settings.SMPP_HOST, settings.SMPP_PORT, settings.SMPP_SYSTEM_ID = "127.0.0.1", free_port(), "fairdue"
    with pytest.raises(PassingError, match="no line"):
        SmppChannel().send(outgoing())


def test_a_centre_that_accepts_and_says_nothing_does_not_bind_us(settings):
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        settings.SMPP_HOST, settings.SMPP_PORT = deaf.getsockname()[:2]
        settings.SMPP_SYSTEM_ID, settings.SMPP_TIMEOUT = "fairdue", 1
        with pytest.raises(PassingError, match="no line"):
            SmppChannel().send(outgoing())


def test_an_idle_line_is_asked_before_it_is_trusted(centre, channel, monkeypatch):
    channel.send(outgoing())
    (session,) = centre.sessions
    monkeypatch.setattr("cases.channels.smpp.IDLE_SECONDS", 0.0)
    channel.send(outgoing())
    assert list(centre.sessions) == [session]  # the same line
    assert len(centre.got) == 2


RECEIPT = "id:{id} sub:001 dlvrd:001 submit date:2603021200 done date:2603021201 stat:{stat} err:000 text:Please"


@pytest.fixture
def receiver(centre, transactional_db):
    """The command that receives, in a thread of its own, until the test is over."""
    from cases.management.commands.receive_smpp import Command

    command = Command()
    command.is_over = False
    thread = threading.Thread(target=lambda: _run(command), daemon=True)
    thread.start()
    centre.wait_for_receiver()
    yield command
    command.is_over = True
    thread.join(timeout=20)
    assert not thread.is_alive()


def _run(command):
    from django.db import connection

    try:
        while not command.is_over:
            command._receive(None) if not command.is_over else None
    finally:
        connection.close()


def test_from_the_queue_to_the_receipt(centre, case, settings):
    settings.SMS_PROVIDER = "smpp"
    message = write(case)
    line = channel_for("sms")
    assert isinstance(line, SmppChannel)
    with closing(line):
        assert dispatch(message.pk, NOON) == "sent"
    registry._smpp.cache_clear()
    message.refresh_from_db()
    assert (message.provider, message.provider_id) == ("smpp", "m1")
    from cases.channels.smpp_reports import read_delivery

    pdu = _pdu(short_message=RECEIPT.format(id="m1", stat="DELIVRD").encode(), esm_class=4)
    store_events([read_delivery(pdu, NOON)])
    message.refresh_from_db()
    assert message.state == "delivered"


def _pdu(**values):
    """A deliver_sm as smpplib reads it off the wire."""
    from smpplib import smpp
    from smpplib.client import Client

    wire = bytearray(smpp34.DeliverSm("8615400000001", "10690000", **values).encode())
    return smpp.parse_pdu(
        bytes(wire), client=Client("127.0.0.1", 1, allow_unknown_opt_params=True), allow_unknown_opt_params=True
    )


@pytest.mark.parametrize(
    ("stat", "state"),
    [("DELIVRD", "delivered"), ("EXPIRED", "expired"), ("UNDELIV", "failed"), ("REJECTD", "failed"), ("DELETED", "failed"),
     ("ENROUTE", ""), ("ACCEPTD", ""), ("UNKNOWN", "unknown"), ("NONSENSE", "")],
)  # fmt: skip
def test_each_state_of_a_receipt(stat, state):
    from cases.channels.smpp_reports import read_delivery

    event = read_delivery(_pdu(short_message=RECEIPT.format(id="m1", stat=stat).encode(), esm_class=4), NOON)
    assert (event.kind, event.provider_id, event.state) == ("receipt", "m1", state)


def test_a_receipt_may_stand_in_the_optional_parameters():
    from cases.channels.smpp_reports import read_delivery

    tlvs = [smpp34.Tlv(0x001E, b"abc\0"), smpp34.Tlv(0x0427, b"\x02")]
    event = read_delivery(_pdu(esm_class=4, tlvs=tlvs), NOON)
    assert (event.provider_id, event.state) == ("abc", "delivered")
    with pytest.raises(ValueError, match="number"):
        read_delivery(_pdu(esm_class=4, short_message=b"stat:DELIVRD"), NOON)


@pytest.mark.parametrize(("given", "told"), [("1a2b", "6699"), ("6699", "1A2B"), ("6699", "0000006699")])
@pytest.mark.django_db
def test_numbers_are_matched_in_both_notations(case, given, told):
    from cases.channels.smpp_reports import read_delivery
    from cases.models import MessagePart

    message = write(case)
    dispatch(message.pk, NOON)
    MessagePart.objects.update(provider="smpp", provider_id=given)
    pdu = _pdu(short_message=RECEIPT.format(id=told, stat="DELIVRD").encode(), esm_class=4)
    store_events([read_delivery(pdu, NOON)])
    assert Message.objects.get().state == "delivered"


def test_the_receiver_stores_before_it_confirms(centre, receiver):
    text = "退订"
    status = centre.deliver(
        source_addr="8615400000001", source_addr_ton=1, source_addr_npi=1, destination_addr="10690000",
        data_coding=8, short_message=text.encode("utf-16-be"),
    )  # fmt: skip
    assert status == 0
    event = ProviderEvent.objects.get()
    assert (event.kind, event.sender, event.recipient, event.text) == ("reply", "+8615400000001", "10690000", text)
    # The same once more, as a centre does that did not hear us: one report.
    assert centre.deliver(
        source_addr="8615400000001", source_addr_ton=1, source_addr_npi=1, destination_addr="10690000",
        data_coding=8, short_message=text.encode("utf-16-be"),
    ) == 0  # fmt: skip
    assert ProviderEvent.objects.count() == 1


def test_what_cannot_be_stored_is_not_confirmed(centre, receiver, monkeypatch):
    from django.db import OperationalError

    def fail(events):
        raise OperationalError("the database is away")

    monkeypatch.setattr("cases.services.receipts.store_events", fail)
    assert centre.deliver(source_addr="8615400000001", destination_addr="10690000", short_message=b"hello") == 0x64
    monkeypatch.undo()
    assert centre.deliver(source_addr="8615400000001", destination_addr="10690000", short_message=b"hello") == 0
    assert ProviderEvent.objects.get().text == "hello"


def test_a_part_of_a_long_answer_is_kept_with_its_place():
    from cases.channels.smpp_reports import read_delivery

    header = bytes((5, 0, 3, 77, 2, 1))
    event = read_delivery(_pdu(esm_class=0x40, data_coding=8, short_message=header + "你好".encode("utf-16-be")), NOON)
    assert (event.text, event.raw) == ("你好", {"part": [77, 2, 1]})


def test_the_command_ends_by_itself_and_needs_a_centre(centre, settings, capsys):
    call_command("receive_smpp", "--seconds", "0.5")
    assert "bound" in capsys.readouterr().out
    settings.SMPP_HOST = ""
    with pytest.raises(Exception, match="SMPP_HOST"):
        call_command("receive_smpp")
