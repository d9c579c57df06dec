"""Links in what an agency writes, in whatever clothes: addresses, bare names of sites, mail addresses. No web.

An agency's text may lead to the town's own sites and to those of its agencies. A moderator looks at anything else
first: a form elsewhere could ask for what no agency may ask for here (R1).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from portal.wording.plain import read

# Endings of names of sites. A name without one of them counts only with a "www." or a scheme before it: a full stop
# without a space after it is no link.
_ENDINGS = (
    "com|org|net|gov|edu|mil|int|info|biz|name|pro|mobi|museum|us|ca|mx|uk|de|fr|es|it|nl|eu|ch|at|ru|cn|jp|kr|in|au|nz"
    "|br|io|co|me|ly|gl|gd|gy|tk|ml|ga|cf|gq|ws|cc|tv|fm|ai|im|sh|st|vc|la|li|lt|ag|bz|bit|to|be|is|page|link|site|online|xyz"
    "|top|app|dev|web|club|shop|store|live|news|cloud|click|space|website|tech|media|email|video|photos|pics|cam|camera"
    "|digital|help|care|chat|social|support|solutions|services|systems|zone|world|today|city|town|community|fund|gle|goo|new|run"
    "|work|works|art|blog|wiki|world|life|one|fyi|lol|wtf|icu|vip|buzz|quest|test|example|localhost|invalid|onion|local"
)
_LABEL = r"[^\W_](?:[^\W_]|-){0,62}"
_HOST = rf"(?:{_LABEL}\.)+(?:xn--[a-z0-9-]+|{_LABEL})"
_DOT = r" ?[\[({<] ?(?:dot|punto|\.) ?[\])}>] ?| dot | punto "
_LINK = re.compile(
    rf"(?P<scheme>\b[a-z][a-z0-9+.-]{{1,11}}:/{{0,3}}(?=\S))?(?P<user>[\w.+%-]{{1,64}}@)?"
    rf"(?:(?P<host>{_HOST})|(?P<number>\b\d{{1,3}}(?:\.\d{{1,3}}){{3}}\b))(?P<port>:\d{{1,5}})?(?P<rest>[/?#]\S*)?"
)
_SCHEMES = re.compile(r"(?:https?|hxxps?|ftps?|sftp|ws|wss|mailto|geo|intent|whatsapp|tg|signal|market):/{0,3}\Z")
_HIDDEN = re.compile(rf"\b(?P<name>{_LABEL})(?:{_DOT})(?P<ending>{_ENDINGS})\b")
_ENDS = re.compile(rf"\.(?:{_ENDINGS}|xn--[a-z0-9-]+)\Z")
# Endings that are words too: with a capital they begin the next sentence, and a space is missing.
_WORDS = frozenset(
    (
        "to", "be", "is", "it", "in", "at", "me", "us", "la", "de", "es", "new", "run", "work", "one", "life", "today",
        "help", "care", "news", "live", "page", "art", "no",
    )
)  # fmt: skip
_TRAILING = re.compile(r"[.,;:!?'\"”’)\]}>]+\Z")


@dataclass(frozen=True)
class Link:
    """Where a link stands in the text (characters), its words there, and the site that it leads to."""

    start: int
    end: int
    words: str
    host: str
    mail: bool = False

    def leads_to(self, sites: Iterable[str]) -> bool:
        """Whether it leads to one of these sites (host or host:port) or to one below it."""
        hosts = (site.partition(":")[0] for site in sites)
        return self.host.isascii() and any(self.host == host or self.host.endswith(f".{host}") for host in hosts)

    @property
    def href(self) -> str:
        """An address that a browser can follow."""
        bare = re.sub(r"^[a-z]+:/*", "", self.words, flags=re.IGNORECASE)
        if self.mail:
            return f"mailto:{bare}"
        scheme = "http" if re.match("http:", self.words, re.IGNORECASE) else "https"
        return f"{scheme}://{bare}"

    @property
    def readable(self) -> str:
        """The words inside of the address: "…/send-us-your-video" says "send us your video"."""
        return " ".join(re.split(r"[^\w@']+|_+", unquote(unquote(self.words))))


def find(text: str) -> list[Link]:
    """Every link in `text`, in its order. Wide letters, hidden signs and "dot com" hide none."""
    plain = read(text)
    found = []
    for match in _LINK.finditer(plain.signs):
        host = match["host"] or match["number"]
        named = bool(match["scheme"] and _SCHEMES.search(match["scheme"])) or host.startswith("www.")
        if not (named or _ENDS.search(host) or (match["user"] and match["host"])):
            continue
        last = plain.cased[match.start("host") : match.end("host")].rpartition(".")[2] if match["host"] else ""
        sentence = last.lower() in _WORDS and last[:1].isupper() and not last.isupper()
        if sentence and not (named or match["user"] or match["rest"]):
            continue
        if match["user"] and match["scheme"] and not match["scheme"].startswith("mailto"):
            host = f"{match['user']}{host}"  # what stands before the @ is made to be taken for the site
        end = match.end() - len(_trailing(match[0]))
        start = match.start() if named or not match["scheme"] else match.start() + len(match["scheme"])
        begin, stop = plain.original(start, end)
        found.append(Link(begin, stop, text[begin:stop], host, bool(match["user"]) and not match["rest"]))
    for match in _HIDDEN.finditer(plain.signs):
        begin, stop = plain.original(*match.span())
        found.append(Link(begin, stop, text[begin:stop], f"{match['name']} dot {match['ending']}"))
    # What looks like this town's site in other letters is another site.
    odd = [link for link in found if not link.words.isascii()]
    return sorted(
        [link for link in found if link not in odd]
        + [Link(link.start, link.end, link.words, f"{link.host} (in other letters)", link.mail) for link in odd],
        key=lambda link: link.start,
    )


def _trailing(words: str) -> str:
    """What belongs to the sentence and not to the address."""
    found = _TRAILING.search(words)
    return found[0] if found else ""
