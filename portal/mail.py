"""Mail leaves through a table: written in the act that causes it, sent by the worker. No Flask here.

Without an SMTP server it is put as `.eml` files into the data folder's `outbox`.
"""

import smtplib
import uuid
from collections.abc import Mapping
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import TYPE_CHECKING

from sqlalchemy import JSON, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import SYSTEM, Act, Base, UTCDateTime, new_id
from portal.jobs import Job, Kind

if TYPE_CHECKING:
    from portal.web.context import Porchlight

# A long link in a header stays in one piece: folded, it would be encoded, and no mail program would know it again.
POLICY = policy.default.clone(max_line_length=900)


class Mail(Job, Base):
    """One letter. Its text and its further headers are erased once it is sent: they may hold a key in a link."""

    __tablename__ = "mail"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    recipient: Mapped[str] = mapped_column(String(320))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    headers: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    written_at: Mapped[UTCDateTime] = mapped_column(UTCDateTime)


def send(act: Act, recipient: str, subject: str, body: str, headers: Mapping[str, str] | None = None) -> None:
    """Write a letter; it goes out after the commit. `subject` never carries a post's text, place or author.

    `headers` are further ones, like List-Unsubscribe."""
    act.session.add(
        Mail(
            recipient=recipient,
            subject=subject,
            body=body,
            headers=dict(headers or {}),
            written_at=act.now,
            lease_until=act.now,
        )
    )


def _deliver(here: "Porchlight", mail_id: uuid.UUID) -> None:
    with here.database.read(SYSTEM, here.clock) as act:
        mail = act.session.get_one(Mail, mail_id)
    message = EmailMessage(POLICY)
    message["From"] = here.settings.mail_from
    message["To"] = mail.recipient
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.written_at)
    message["Message-ID"] = make_msgid(str(mail.id), domain=here.settings.mail_from.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    for name, value in mail.headers.items():
        message[name] = value
    message.set_content(mail.body)
    if here.settings.smtp_host:
        with smtplib.SMTP(here.settings.smtp_host, here.settings.smtp_port, timeout=20) as server:
            if here.settings.smtp_tls:
                server.starttls()
            if here.settings.smtp_user:
                server.login(here.settings.smtp_user, here.settings.smtp_password)
            server.send_message(message)
    else:
        outbox = here.settings.data / "outbox"
        outbox.mkdir(parents=True, exist_ok=True)
        (outbox / f"{mail.id}.eml").write_bytes(bytes(message))
    _finish(here, mail_id, "done")


def _finish(here: "Porchlight", mail_id: uuid.UUID, state: str) -> None:
    with here.database.write(SYSTEM, here.clock) as act:
        mail = act.session.get_one(Mail, mail_id)
        mail.state, mail.body, mail.headers = state, "", {}
        mail.lease_until = act.now + timedelta(days=36500)


JOB = Kind("mail", Mail, _deliver, lambda here, mail_id: _finish(here, mail_id, "failed"))
