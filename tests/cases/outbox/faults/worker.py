"""The Celery application of the fault test's workers: the real one, with the faulty provider in place of a real one.

`celery -A tests.cases.outbox.faults.worker worker`
"""

from __future__ import annotations

from celery.signals import worker_init

from config.celery import app

__all__ = ["app"]


@worker_init.connect
def use_faulty_provider(**_: object) -> None:
    from tests.cases.outbox.faults.channel import install  # only now are there settings

    install()
