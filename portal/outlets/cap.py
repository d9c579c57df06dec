"""The Common Alerting Protocol (OASIS CAP 1.2), for warning systems: urgent updates, and nothing else."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from lxml import etree
from shapely import MultiPolygon

from portal.agencies.models import Agency
from portal.outlets.queries import Alert
from portal.outlets.rules import Town, line, plain, simple_outline, to_the_second

MEDIA_TYPE = "application/cap+xml"
NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
MOST_POINTS = 100  # of all polygons together: what receivers can be expected to take


@dataclass(frozen=True)
class Words:
    """What a message says in the town's language: what is the matter, by category (CAP wants words beside it); that an
    alert was taken back (`%(agency)s`, `%(title)s`); that a demonstration is no alert."""

    events: Mapping[str, str]
    withdrawn: str
    demonstration: str


def message(town: Town, words: Words, alert: Alert, area: MultiPolygon | None) -> bytes:
    """The newest message of an alert: the alert itself, its update, or that it was taken back."""
    post, agency, number = alert.found.post, alert.found.agency, len(alert.sent) - 1
    root = etree.Element("alert", nsmap={None: NAMESPACE})
    notes = []
    if alert.cancelled:
        notes.append(words.withdrawn % {"agency": line(agency.name), "title": line(post.title)})
    if town.demo:
        notes.append(words.demonstration)
    _add(
        root,
        identifier=_identifier(alert, number),
        sender=_sender(town, agency),
        sent=_time(town, alert.sent[-1]),
        status="Exercise" if town.demo else "Actual",  # an invented alert must never be taken for a real one
        msgType="Cancel" if alert.cancelled else "Update" if number else "Alert",
        source=line(post.source) if post.source and not alert.cancelled else None,
        scope="Public",
        note=" ".join(notes) or None,
        references=" ".join(_references(town, alert)) or None,
    )
    if not alert.cancelled:
        info = etree.SubElement(root, "info")
        place = line(post.place) if post.place else None
        _add(
            info,
            language=town.language,
            category=post.category,
            event=words.events[post.category or "Other"],
            urgency=post.urgency,
            severity=post.severity,
            certainty=post.certainty,
            expires=_time(town, alert.expires),
            senderName=line(agency.name),
            headline=line(post.title),
            description="\n\n".join(filter(None, (place, plain(post.body)))),
            web=town.post(agency.slug, post.id),
            contact=line(", ".join(filter(None, (agency.phone, agency.email)))),
        )
        _area(etree.SubElement(info, "area"), town, area)
    return etree.tostring(_namespaced(root), xml_declaration=True, encoding="UTF-8")


def _add(parent: etree._Element, **texts: str | None) -> None:
    for name, text in texts.items():
        if text is not None:
            etree.SubElement(parent, name).text = text


def _namespaced(root: etree._Element) -> etree._Element:
    for element in root.iter():
        element.tag = f"{{{NAMESPACE}}}{element.tag}"
    return root


def _area(element: etree._Element, town: Town, area: MultiPolygon | None) -> None:
    _add(element, areaDesc=line(town.name))
    if area is not None:
        for part in simple_outline(area, MOST_POINTS).geoms:
            _add(element, polygon=" ".join(f"{latitude},{longitude}" for longitude, latitude in part.exterior.coords))


def _references(town: Town, alert: Alert) -> Iterable[str]:
    """Each earlier message of the alert as sender,identifier,sent."""
    for number, at in enumerate(alert.sent[:-1]):
        yield f"{_sender(town, alert.found.agency)},{_identifier(alert, number)},{_time(town, at)}"


def _identifier(alert: Alert, number: int) -> str:
    return f"{alert.found.post.id}.{number}"


def _sender(town: Town, agency: Agency) -> str:
    """The agency's page: its mail address may change, and then no receiver would find the messages before."""
    return town.agency(agency.slug)


def _time(town: Town, at: datetime) -> str:
    """Local time with its distance from UTC, which is -00:00 for UTC itself (3.3.2)."""
    return re.sub(r"\+00:00$", "-00:00", to_the_second(at, town.zone).isoformat())
