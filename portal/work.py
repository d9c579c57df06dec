"""All work that outlives a request, in one place: what the worker does."""

from portal import mail
from portal.agencies import jobs as agency_jobs
from portal.alerts import jobs as alert_jobs
from portal.bulletins import jobs as bulletin_jobs
from portal.clips import jobs as clip_jobs
from portal.feed import jobs as feed_jobs
from portal.jobs import Worker
from portal.relay import jobs as relay_jobs
from portal.responses import jobs as response_jobs
from portal.web.context import Porchlight

KINDS = (alert_jobs.JOB, mail.JOB, feed_jobs.JOB, bulletin_jobs.JOB)
CHORES = (
    alert_jobs.NOTICES,
    *bulletin_jobs.CHORES,
    *clip_jobs.CHORES,
    *response_jobs.CHORES,
    *agency_jobs.CHORES,
    *feed_jobs.CHORES,
    *relay_jobs.CHORES,
    *alert_jobs.CHORES,
)


def workers(here: Porchlight) -> list[Worker]:
    """Side by side: a long video keeps no letter waiting, and a slow mail server no ring of a doorbell, and
    neither of them a scheduled post."""
    slow, prompt = (feed_jobs.JOB, bulletin_jobs.JOB), (alert_jobs.NOTICES, bulletin_jobs.DUE)
    return [
        Worker(here, (), prompt),
        Worker(here, tuple(kind for kind in KINDS if kind not in slow)),
        Worker(here, slow, tuple(chore for chore in CHORES if chore not in prompt)),
    ]
