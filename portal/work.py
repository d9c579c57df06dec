"""All work that outlives a request, in one place: what the worker does."""

from portal import mail
from portal.clips import jobs as clip_jobs
from portal.feed import jobs as feed_jobs
from portal.jobs import Worker
from portal.web.context import Porchlight

KINDS = (mail.JOB, feed_jobs.JOB)
CHORES = (*clip_jobs.CHORES, *feed_jobs.CHORES)


def worker(here: Porchlight) -> Worker:
    return Worker(here, KINDS, CHORES)
