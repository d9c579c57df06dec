"""iCalendar (RFC 5545), for calendars that people subscribe to."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, Event, vCalAddress, vDuration

from portal.bulletins.queries import Published
from portal.outlets.rules import Town, changed, line, plain, to_the_second

MEDIA_TYPE = "text/calendar"
ASK_AGAIN = timedelta(hours=1)


def calendar(town: Town, title: str, address: str, page: str, events: Sequence[Published]) -> bytes:
    """The events in the order given. `address` is the calendar's own, `page` what it is about."""
    made = Calendar()
    made.add("version", "2.0")
    made.add("prodid", "-//Porchlight//Events of agencies//EN")
    made.add("method", "PUBLISH")
    for name in ("name", "x-wr-calname"):
        made.add(name, line(title))
    made.add("x-wr-timezone", str(town.zone))
    made.add("source", address, parameters={"VALUE": "URI"})
    made.add("url", page)
    made.add("refresh-interval", ASK_AGAIN, parameters={"VALUE": "DURATION"})  # RFC 7986
    made.add("x-published-ttl", vDuration(ASK_AGAIN))  # what older programs read
    for found in events:
        made.add_component(_event(town, found))
    years = [at.year for found in events for at in (found.post.starts_at, found.post.ends_at) if at]
    if years:
        made.add_missing_timezones(date(min(years) - 1, 1, 1), date(max(years) + 1, 12, 31))
    return made.to_ical()


def _event(town: Town, found: Published) -> Event:
    """An event. One that was taken back says so and keeps its title, time and UID, so that calendars drop it."""
    post, agency = found.post, found.agency
    gone = post.state == "withdrawn"
    event = Event()
    event.add("uid", str(post.id))  # nothing that can change (RFC 7986, 5.3)
    event.add("sequence", post.revision + gone)
    event.add("status", "CANCELLED" if gone else "CONFIRMED")
    event.add("dtstamp", to_the_second(changed(post), town.zone).astimezone(UTC))
    event.add("last-modified", to_the_second(changed(post), town.zone).astimezone(UTC))
    event.add("created", to_the_second(post.published_at or post.written_at, town.zone).astimezone(UTC))
    event.add("dtstart", _local(town, post.starts_at or post.written_at))
    if post.ends_at:
        event.add("dtend", _local(town, post.ends_at))
    event.add("summary", line(post.title))
    organizer = vCalAddress(f"mailto:{agency.email}")
    organizer.params["CN"] = line(agency.name).replace('"', "'")
    event.add("organizer", organizer)
    event.add("transp", "TRANSPARENT")  # nobody's time is taken by what the town does
    if not gone:
        event.add("description", plain(post.body))
        event.add("url", town.post(agency.slug, post.id))
        if post.place:
            event.add("location", line(post.place))
        if post.lat is not None and post.lon is not None:
            event.add("geo", (post.lat, post.lon))
    return event


def _local(town: Town, at: datetime) -> datetime:
    """The town's time; UTC in the hour that comes twice, of which a local time can only say the first (3.3.5)."""
    local = to_the_second(at, town.zone)
    return local.astimezone(UTC) if local.fold else local
