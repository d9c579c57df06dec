"""Mail goes to an outbox folder until the town sets an SMTP server; then it goes there, and nowhere else."""

import email
import email.policy
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from portal import mail
from portal.mail import Mail
from tests.helpers import Town


class Letterbox(socketserver.ThreadingTCPServer):
    """A small SMTP server (RFC 5321) that keeps what it is given. `refusing` answers every letter with 451."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.letters: list[bytes] = []
        self.refusing = False


class _Session(socketserver.StreamRequestHandler):
    server: Letterbox

    def handle(self) -> None:
        self._say("220 letterbox")
        while line := self.rfile.readline():
            command = line[:4].upper()
            if command == b"QUIT":
                self._say("221 bye")
                return
            if command == b"DATA":
                if self.server.refusing:
                    self._say("451 not now")
                    continue
                self._say("354 go on")
                body = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    body += part
                self.server.letters.append(body)
            self._say("250 ok")

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@pytest.fixture
def letterbox() -> Iterator[Letterbox]:
    with Letterbox() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def write(town: Town) -> None:
    with town.acting() as act:
        mail.send(act, "rosa@maple.example", "Confirm your address · Maple", "Hello Rosa,\n\nhttps://example/ünïcode\n")


def only_mail(town: Town) -> Mail:
    with town.reading() as act:
        return act.session.scalars(select(Mail)).one()


def test_without_a_server_a_letter_lies_in_the_outbox_as_it_would_have_been_sent(town: Town) -> None:
    write(town)
    town.work()
    (file,) = (town.here.settings.data / "outbox").glob("*.eml")
    letter = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    assert letter["To"] == "rosa@maple.example" and letter["Subject"] == "Confirm your address · Maple"
    assert "ünïcode" in letter.get_content()
    assert letter["Reply-To"] is None, "no mail invites an answer"
    assert letter["Auto-Submitted"] == "auto-generated"


def test_a_letter_that_left_keeps_nothing_of_its_text(town: Town) -> None:
    write(town)
    town.work()
    sent = only_mail(town)
    assert (sent.state, sent.body) == ("done", "")


def test_a_letter_goes_to_the_server_once(tmp_path: Path, town: Town, letterbox: Letterbox) -> None:
    write(town)
    with_server = Town(tmp_path, smtp_host="127.0.0.1", smtp_port=letterbox.server_address[1], smtp_tls=False)
    with_server.work()
    with_server.work()
    assert len(letterbox.letters) == 1
    assert not (tmp_path / "outbox").exists()


def test_a_server_that_will_not_take_it_gets_it_again_later(tmp_path: Path, town: Town, letterbox: Letterbox) -> None:
    write(town)
    letterbox.refusing = True
    with_server = Town(tmp_path, smtp_host="127.0.0.1", smtp_port=letterbox.server_address[1], smtp_tls=False)
    with_server.work()
    assert letterbox.letters == [] and only_mail(town).state == "waiting"
    letterbox.refusing = False
    with_server.work()
    assert letterbox.letters == [], "not before its time"
    with_server.later(seconds=15)
    with_server.work()
    assert len(letterbox.letters) == 1 and only_mail(town).state == "done"


def test_a_letter_that_nobody_takes_is_given_up_and_its_text_forgotten(tmp_path: Path, town: Town) -> None:
    write(town)
    with_server = Town(tmp_path, smtp_host="127.0.0.1", smtp_port=1, smtp_tls=False)
    for _attempt in range(6):
        with_server.work()
        with_server.later(hours=1)
    failed = only_mail(town)
    assert (failed.state, failed.body) == ("failed", "")
