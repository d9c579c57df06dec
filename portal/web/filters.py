"""How times, sizes and counts are said in templates."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from flask import Flask
from flask_babel import (
    format_date,
    format_datetime,
    format_decimal,
    format_timedelta,
    gettext,
    ngettext,
    to_user_timezone,
)
from markupsafe import Markup, escape

from portal.web.context import porchlight


def ago(value: datetime) -> str:
    """ "12 min ago"; a plain date when it is a week or more."""
    passed = porchlight().clock.now() - value
    if passed < timedelta(minutes=1):
        return gettext("just now")
    if passed < timedelta(hours=1):
        return gettext("%(count)d min ago", count=passed.seconds // 60)
    if passed < timedelta(days=7):
        return gettext("%(span)s ago", span=format_timedelta(passed, granularity="hour", threshold=1.0))
    return format_datetime(value, "d MMM y")


def age(value: datetime, now: datetime) -> int:
    """A number that stays the same for as long as `ago` says the same of this time: for caches."""
    passed = (now - value).total_seconds()
    if passed < 3600:
        return max(0, int(passed // 60))
    return int(passed // 1800) + 60 if passed < 7 * 24 * 3600 else -1


def time_tag(value: datetime) -> Markup:
    """The time as people say it, with the exact time for a pointer's hover and for machines."""
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        value.isoformat(timespec="seconds"), exact(value), ago(value)
    )


def exact(value: datetime) -> str:
    return format_datetime(value, "EEE d MMM y, HH:mm")


def plain_date(value: date) -> str:
    """A day, or the day of a time in the town: "14 May 2026"."""
    return format_date(to_user_timezone(value) if isinstance(value, datetime) else value, "d MMM y")


def clock_time(value: datetime) -> str:
    return format_datetime(value, "HH:mm")


def day(value: datetime) -> str:
    """ "Today", "Yesterday", or the day's name, in the town's own time zone."""
    then, now = to_user_timezone(value).date(), to_user_timezone(porchlight().clock.now()).date()
    if then == now:
        return gettext("Today")
    if then == now - timedelta(days=1):
        return gettext("Yesterday")
    return format_datetime(value, "EEEE, d MMMM")


def groupby_day(rows: Sequence[tuple[Any, ...]]) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """Rows whose first part has a `started_at`, in their order, under the name of their day."""
    return [(name, list(group)) for name, group in groupby(rows, key=lambda row: day(row[0].started_at))]


def plain(value: float) -> str:
    """A number without digits that say nothing: 2.0 is "2"."""
    return format_decimal(value, format="#,##0.#")


def combined(*parts: dict[str, Any]) -> dict[str, Any]:
    """Several sets of attributes as one; later ones win."""
    return {name: value for part in parts for name, value in part.items()}


def seconds(value: float) -> str:
    minutes, rest = divmod(round(value), 60)
    return f"{minutes}:{rest:02d}"


def size(value: int) -> str:
    if value < 1_000_000:
        return gettext("%(count)d kB", count=max(1, round(value / 1000)))
    if value < 1_000_000_000:
        return gettext("%(count).1f MB", count=value / 1_000_000)
    return gettext("%(count).1f GB", count=value / 1_000_000_000)


def paragraphs(value: str) -> Markup:
    """Plain text as HTML: blank lines part paragraphs, single line ends stay."""
    parts = (escape(part).replace("\n", Markup("<br>")) for part in value.split("\n\n") if part.strip())
    return Markup("").join(Markup("<p>{}</p>").format(part) for part in parts)


def init_app(app: Flask) -> None:
    for name, function in {
        "ago": ago,
        "time_tag": time_tag,
        "exact": exact,
        "date": plain_date,
        "clock_time": clock_time,
        "day": day,
        "seconds": seconds,
        "size": size,
        "paragraphs": paragraphs,
        "groupby_day": groupby_day,
        "combined": combined,
        "plain": plain,
    }.items():
        app.add_template_filter(function, name)
    app.add_template_global(ngettext, "ngettext")
