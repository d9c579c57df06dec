"""The browser's half of sealed clips (static/js/keys.js and what is around it), against another age: pyrage."""

import base64
import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pyrage
import pytest
from playwright.sync_api import Page

from portal import codes
from portal.web.headers import CONTENT_SECURITY_POLICY

pytestmark = pytest.mark.browser

STATIC = Path(__file__).resolve().parents[2] / "static"
WORDS = "lamp river otter seven garden"
CLIP = bytes(range(256)) * 600  # more than two of the 64 KiB chunks that age seals one by one


class _Static(SimpleHTTPRequestHandler):
    """The static files under the portal's own policy, and an empty page at /blank.html to run scripts in."""

    def do_GET(self) -> None:
        if self.path != "/blank.html":
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><link rel=icon href=img/favicon.svg><title>Blank</title>")

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        super().end_headers()

    def log_message(self, *_arguments: Any) -> None:
        pass


@pytest.fixture(scope="module")
def static_server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Static, directory=str(STATIC))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


RUN = """async (values) => {
  const keys = await import("/js/keys.js");
  const words = await import("/js/passphrase.js");
  try {
    return await (%s)(keys, words, ...values);
  } catch (problem) {
    if (!(problem instanceof keys.KeyProblem)) throw problem;
    return { problem: problem.code };
  }
}"""


class Keys:
    """keys.js as Python sees it: run("(keys, words, a, b) => …", a, b) calls a script in a page."""

    def __init__(self, tab: Page, server: str) -> None:
        self.tab = tab
        tab.goto(f"{server}/blank.html")

    def run(self, script: str, *arguments: Any) -> Any:
        return self.tab.evaluate(RUN % script, list(arguments))

    def decrypt(self, sealed: bytes, identity: str) -> Any:
        result = self.run(
            """async (keys, _words, text, identity) => {
              const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
              return Array.from(await keys.decrypt(bytes, identity));
            }""",
            base64.b64encode(sealed).decode(),
            identity,
        )
        return bytes(result) if isinstance(result, list) else result


@pytest.fixture
def keys(page: Page, static_server: str) -> Keys:
    return Keys(page, static_server)


def sealed(content: bytes, *identities: pyrage.x25519.Identity) -> bytes:
    return pyrage.encrypt(content, [identity.to_public() for identity in identities])


def unarmored(text: str) -> bytes:
    return base64.b64decode("".join(text.strip().splitlines()[1:-1]))


def test_a_device_seals_to_a_key_made_in_the_browser(keys: Keys) -> None:
    identity = keys.run("(keys) => keys.createIdentity()")
    recipient = keys.run("(keys, _words, identity) => keys.recipientOf(identity)", identity)
    same = pyrage.x25519.Identity.from_str(identity)
    assert str(same.to_public()) == recipient

    other_member = pyrage.x25519.Identity.generate()
    assert keys.decrypt(sealed(CLIP, other_member, same), identity) == CLIP
    assert keys.decrypt(sealed(b"", same), identity) == b""


def test_the_passphrase_and_nothing_else_opens_a_sealed_identity(keys: Keys) -> None:
    identity = str(pyrage.x25519.Identity.generate())
    text = keys.run("(keys, _words, ...both) => keys.seal(...both)", identity, f"  {WORDS.replace(' ', '   ')} ")
    assert identity not in text
    # Another age opens it, so no owner depends on this portal.
    body = base64.b64decode("".join(text.strip().splitlines()[1:-1]))
    assert pyrage.passphrase.decrypt(body, WORDS).decode() == f"{identity}\n"

    opening = "(keys, _words, ...both) => keys.open(...both)"
    # A form sends line ends as CRLF.
    assert keys.run(opening, text.replace("\n", "\r\n"), WORDS) == identity
    assert keys.run(opening, text, "lamp river otter seven") == {"problem": "wrong-passphrase"}
    assert keys.run(opening, text[:-60], WORDS) == {"problem": "damaged"}


def test_a_clip_that_was_changed_or_cut_is_not_opened(keys: Keys) -> None:
    identity = pyrage.x25519.Identity.generate()
    whole = sealed(CLIP, identity)
    changed = bytearray(whole)
    changed[-40] ^= 1
    header_changed = whole.replace(b"age-encryption.org/v1", b"age-encryption.org/v9")
    for damaged in (bytes(changed), whole[:-1000], whole[: 64 * 1024 + 300], header_changed, b"", b"no age file"):
        assert keys.decrypt(damaged, str(identity)) == {"problem": "damaged"}


def test_a_clip_sealed_to_another_key_says_so(keys: Keys) -> None:
    mine, other = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    assert keys.decrypt(sealed(CLIP, other), str(mine)) == {"problem": "other-key"}


@pytest.mark.parametrize("count", [1, 2, 5])
def test_fingerprints_are_those_of_the_portal(keys: Keys, count: int) -> None:
    recipients = [str(pyrage.x25519.Identity.generate().to_public()) for _ in range(count)]
    found = keys.run("(keys, _words, recipients) => keys.fingerprint(recipients)", recipients)
    assert found == codes.fingerprint(recipients)


def test_a_remembered_browser_keeps_a_key_that_scripts_cannot_read(keys: Keys) -> None:
    identity = pyrage.x25519.Identity.generate()
    found = keys.run(
        """async (keys, _words, account, identity, text) => {
          await keys.remember(account, identity);
          const key = await keys.remembered(account);
          const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
          const ways = ["pkcs8", "jwk", "raw"].map((format) => crypto.subtle.exportKey(format, key));
          const exports = await Promise.allSettled(ways);
          return {
            can: await keys.canRemember(),
            kind: [key instanceof CryptoKey, key.type, key.algorithm.name, key.extractable],
            exported: exports.filter(({ status }) => status === "fulfilled").length,
            recipient: await keys.recipientOf(key),
            opened: new TextDecoder().decode(await keys.decrypt(bytes, key)),
            others: await keys.remembered("someone else"),
          };
        }""",
        "rosa",
        str(identity),
        base64.b64encode(sealed(b"a clip", identity)).decode(),
    )
    assert found == {
        "can": True,
        "kind": [True, "private", "X25519", False],
        "exported": 0,
        "recipient": str(identity.to_public()),
        "opened": "a clip",
        "others": None,
    }


def test_a_remembered_key_outlives_the_page_until_it_is_forgotten(keys: Keys) -> None:
    asked = "async (keys) => Boolean(await keys.remembered('rosa'))"
    keys.run("async (keys) => keys.remember('rosa', await keys.createIdentity())")
    keys.tab.reload()
    assert keys.run(asked) is True
    keys.run("(keys) => keys.forget('rosa')")
    assert keys.run(asked) is False


def test_a_browser_without_these_keys_is_not_offered_to_be_remembered(keys: Keys) -> None:
    found = keys.run(
        """async (keys) => {
          crypto.subtle.generateKey = async () => { throw new DOMException("", "NotSupportedError"); };
          return keys.canRemember();
        }"""
    )
    assert found is False


@pytest.mark.parametrize(
    "give",
    [
        pytest.param(lambda text: text, id="as it is"),
        pytest.param(lambda text: f"# Name: Rosa\n# Fingerprint: B1B1-O0O0\n{text}\n", id="the saved sheet"),
        pytest.param(lambda text: f"age-secret-key-1 {text[16:40].lower()}\n {text[40:]}", id="typed in groups"),
        pytest.param(lambda text: text[16:].replace("L", "I").replace("0", "O"), id="lookalikes, no prefix"),
    ],
)
def test_the_secret_key_of_the_sheet_is_read_as_people_give_it(keys: Keys, give: Any) -> None:
    identity = str(pyrage.x25519.Identity.generate())
    assert keys.run("(keys, _words, typed) => keys.readIdentity(typed)", give(identity)) == identity


def test_a_mistyped_secret_key_is_noticed(keys: Keys) -> None:
    identity = str(pyrage.x25519.Identity.generate())
    typed = identity[:-1] + ("Q" if identity[-1] != "Q" else "P")
    found = keys.run("(keys, _words, typed) => keys.recipientOf(keys.readIdentity(typed))", typed)
    assert found == {"problem": "not-a-key"}


def test_the_page_goes_on_while_a_passphrase_is_worked_on(keys: Keys) -> None:
    pause, whole = keys.run(
        """async (keys) => {
          const identity = await keys.createIdentity();
          let longest = 0;
          let last = performance.now();
          const beat = setInterval(() => {
            longest = Math.max(longest, performance.now() - last);
            last = performance.now();
          }, 20);
          const started = performance.now();
          await keys.seal(identity, "lamp river otter seven garden");
          clearInterval(beat);
          return [longest, performance.now() - started];
        }"""
    )
    assert whole > 200, "the passphrase was not slow to work on: a guesser would be fast"
    assert pause < whole / 2


def test_suggested_words_are_five_of_the_list_and_differ(keys: Keys) -> None:
    suggested = keys.run("(_keys, words) => Array.from({ length: 50 }, () => words.suggest())")
    listed = keys.run("async () => (await import('/vendor/scure-bip39-2.4.0/english.min.js')).wordlist")
    assert len(set(listed)) == 2048
    assert all(len(words) == 5 and set(words) <= set(listed) for words in suggested)
    assert len({tuple(words) for words in suggested}) == 50


@pytest.mark.parametrize(
    ("passphrase", "enough"),
    [
        (WORDS, True),
        ("four different plain words", True),
        ("R4ttlesn8ke!bridge", True),
        ("ñandú übermäßig 42", True),
        ("hunter2", False),
        ("fifteen letters", False),
        ("the the the the", False),
        ("a b c d", False),
        ("aaaaaaaaaaaaaaaaaaaa", False),
        ("", False),
    ],
)
def test_what_counts_as_a_strong_passphrase(keys: Keys, passphrase: str, enough: bool) -> None:
    assert keys.run("(_keys, words, passphrase) => words.strongEnough(passphrase)", passphrase) is enough


@pytest.mark.parametrize("folder", sorted(path.parent.name for path in STATIC.glob("vendor/*/SHA256SUMS")))
def test_vendored_files_are_those_that_were_bundled(folder: str) -> None:
    for line in (STATIC / "vendor" / folder / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split()
        assert hashlib.sha256((STATIC / "vendor" / folder / name).read_bytes()).hexdigest() == digest, name
