"""Jobs as staff see them: how long the queues are, and what was set aside with the reason and a second chance."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select, update

from partner_access import jobs, mail
from partner_access.cli.work import QUEUES
from partner_access.clock import now
from partner_access.credit import deadlines
from partner_access.db import new_id, session
from partner_access.jobs.models import Job
from partner_access.staff.routes import jobs as page
from tests.factories import make_user
from tests.portal import Portal


@pytest.fixture
def aside(portal: Portal) -> uuid.UUID:
    """A job that has failed too often."""
    job_id = new_id()
    with portal.acting():
        jobs.enqueue(deadlines.DISPUTE, new_id(), job_id=job_id)
        session().flush()
        values = {"set_aside_at": now(), "last_error": "NotFound: this is gone", "attempts": 11}
        session().execute(update(Job).where(Job.id == job_id).values(values))
    return job_id


def waiting(portal: Portal, job_id: uuid.UUID) -> Job:
    with portal.acting():
        return session().scalars(select(Job).where(Job.id == job_id)).one()


def test_the_page_says_how_long_the_queues_are_and_why_a_job_was_set_aside(portal, kim, aside):
    with portal.acting():
        mail.queue("no-login", "ana@hazel.example")
    kim.get("/staff/jobs")
    assert "Mail 1" in kim.text and "Reminders and deadlines 0 –" in kim.text
    assert "Remind staff of an overdue dispute" in kim.text and "this is gone" in kim.text


def test_every_queue_and_kind_of_the_worker_has_words():
    assert set(page.QUEUES) == set(QUEUES)
    assert {(kind.queue, kind.name) for kind in page.KINDS} == {
        (name, kind) for name, queue in QUEUES.items() for kind in queue.runs
    }


def test_what_was_set_aside_is_tried_again_once_however_often_it_is_asked(portal, kim, aside):
    for _ in range(2):
        assert kim.post(f"/staff/jobs/{aside}/try-again", on="/staff/jobs").location == "/staff/jobs"
    row = waiting(portal, aside)
    assert (row.set_aside_at, row.attempts) == (None, 0)
    assert portal.audited("job.tried_again") == [("staff", {})]
    kim.get("/staff/jobs")
    assert "Nothing is set aside" in kim.text


def test_to_others_there_is_no_such_page(portal, aside):
    browser = portal.sign_in(make_user(portal).email)
    assert browser.get("/staff/jobs").status_code == 404
    assert browser.post(f"/staff/jobs/{aside}/try-again").status_code == 404
    assert waiting(portal, aside).set_aside_at
