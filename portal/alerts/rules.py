"""When an alert may leave, when a digest is due, and links that end mail. Plain functions: no database, no Flask."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from itsdangerous import BadSignature, URLSafeSerializer

from portal.db import Refusal

MOST_RULES = 20
MOST_BROWSERS = 10
NEWS = timedelta(hours=24)  # what is older when it is found makes no notice: the worker was away, or a device offline
MOMENT = timedelta(hours=1)  # and nobody is called for an event that is older
KEPT = timedelta(days=90)  # a notice
DIGEST_REACH = timedelta(days=3)  # what a digest may still count after days without a worker
DIGEST_HOUR = 18
# What the ledger says of a case that is for its author to know.
DECISIONS = (
    "case.hidden",
    "case.left",
    "case.warned",
    "case.removed",
    "appeal.upheld",
    "appeal.overturned",
    "person.suspended",
)


@dataclass(frozen=True)
class Quiet:
    """From when until when, by the town's clock, nothing leaves. Equal times: never quiet. It may span midnight."""

    begins: time
    ends: time

    def holds(self, at: time) -> bool:
        if self.begins <= self.ends:
            return self.begins <= at < self.ends
        return at >= self.begins or at < self.ends


NEVER_QUIET = Quiet(time(0), time(0))


def leaves_at(now: datetime, quiet: Quiet, zone: ZoneInfo) -> datetime:
    """The first instant from `now` on that is not quiet. Where clocks are put forward over the end of the quiet hours,
    they end with the hour that is left out; where they are put back over it, at its second time."""
    local = now.astimezone(zone)
    if not quiet.holds(local.time()):
        return now
    day = local.date() if local.time() < quiet.ends else local.date() + timedelta(days=1)
    for fold in (0, 1):
        end = datetime.combine(day, quiet.ends, zone).replace(fold=fold).astimezone(UTC)
        if end > now and not quiet.holds(end.astimezone(zone).time()):
            return end
    return datetime.combine(day + timedelta(days=1), quiet.ends, zone).astimezone(UTC)


def earliest(now: datetime, quiets: Iterable[Quiet], zone: ZoneInfo) -> datetime | None:
    """When the first of several wishes lets something leave; None without any."""
    return min((leaves_at(now, quiet, zone) for quiet in quiets), default=None)


def digest_day(now: datetime, hour: int, sent_on: date | None, zone: ZoneInfo) -> date | None:
    """The day, by the town's clock, whose digest is due now; None when that one has gone or its hour has not come.
    A day has one digest, however often its hour strikes."""
    local = now.astimezone(zone)
    due = local.hour >= hour and (sent_on is None or sent_on < local.date())
    return local.date() if due else None


def _signer(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt="alerts.unsubscribe")


def unsubscribe_token(secret: str, account_id: uuid.UUID, what: str) -> str:
    """The key in a letter's link that ends such letters: `what` is mail or digest. It works for ever."""
    return str(_signer(secret).dumps([account_id.hex, what]))


def read_token(secret: str, token: str) -> tuple[uuid.UUID, str]:
    """Raises Refusal("link-unusable")."""
    try:
        account_id, what = _signer(secret).loads(token)
        return uuid.UUID(account_id), str(what)
    except (BadSignature, ValueError, TypeError):
        raise Refusal("link-unusable") from None
