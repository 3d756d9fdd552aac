"""Several workers at one outbox, on a real PostgreSQL and a real Redis: each message is accepted exactly once."""

import datetime as dt
import subprocess
import sys
import threading
import time

import psycopg
import pytest
from django.db import connection

from cases.models import ContactRecord, DevelopmentDelivery, GateDecision, Message
from cases.services.outbox import queue_due_steps, sweep
from tests.cases.outbox.conftest import make_case, make_step, make_template
from tests.factories import CreditorFactory
from tests.installation import ROOT

pytestmark = pytest.mark.postgres
MESSAGES = 200


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_send_each_message_once():
    make_template()
    creditor = CreditorFactory.create()
    noon = dt.datetime.now(creditor.zone).replace(hour=12)
    for _ in range(MESSAGES):
        make_step(make_case(creditor), due_on=noon.date(), code="sms_1")
    assert queue_due_steps(creditor=creditor, on=noon.date(), now=noon) == MESSAGES
    Message.objects.update(not_before=noon)
    counts = []

    def work():
        try:
            counts.append(sweep(noon))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(counts) == MESSAGES
    assert min(counts) > 0  # both had their share
    assert set(Message.objects.values_list("state", flat=True)) == {"sent"}
    assert DevelopmentDelivery.objects.count() == ContactRecord.objects.count() == MESSAGES
    assert GateDecision.objects.filter(moment="send").count() == MESSAGES


_QUEUE_ONE = """
import datetime as dt
from tests.cases.outbox.conftest import make_case, make_template
from cases.models import Case
from cases.services.outbox import queue_message
from tests.factories import CreditorFactory
from django.utils import timezone
make_template()
now = timezone.now()
# Where it is day now: the night rule would make the message wait.
zone = next(z for z in ("Asia/Shanghai", "Europe/London", "America/New_York", "Pacific/Honolulu")
            if 9 <= now.astimezone(__import__("zoneinfo").ZoneInfo(z)).hour < 21)
case = make_case(CreditorFactory(time_zone=zone))
message = queue_message(borrower=case.borrower, case=case, loan=None, step=None, purpose="test", day=now.date(),
                        channel="sms", template_code="reminder", now=now)
print(message.state)
"""


def test_a_real_worker_over_redis_sends_a_message(installation):
    with installation.worker():
        done = subprocess.run(
            [sys.executable, "manage.py", "shell", "--no-imports", "-c", _QUEUE_ONE],
            cwd=ROOT, env=installation.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.stdout.strip() == "queued", done.stderr
        with psycopg.connect(installation.database_url, autocommit=True) as database:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                row = database.execute("SELECT state, provider FROM cases_message").fetchone()
                if row == ("sent", "development"):
                    break
                time.sleep(0.2)
            assert row == ("sent", "development")
            assert database.execute("SELECT count(*) FROM cases_developmentdelivery").fetchone() == (1,)
