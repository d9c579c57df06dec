"""Rule R5: describe what was done, not what someone looks like; no names, rewards, plates or private data.

Words for people come from the file `r5.toml`, as lists and patterns. Numbers, addresses and names, which no list can
hold, are found here.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from portal.wording.plain import Plain, read, undisguise
from portal.wording.words import Pattern, Words

# `kind` lets a group's name pass, but not in a sentence where a crime is told as well.
_YIELDS_TO_CRIME = ("kind", "conduct")
_REASONS = {
    "colour": "race", "group_race": "race", "group_religion": "religion", "group_nationality": "nationality",
    "group_immigration": "immigration", "es_colour": "race", "es_group_race": "race", "es_group_religion": "religion",
    "es_group_nationality": "nationality", "es_group_immigration": "immigration",
}  # fmt: skip
_STOP = re.compile(r"(?<!\bno)(?<!\bst)(?<!\bmr)(?<!\bms)(?<!\bdr)(?<!\bmrs)(?<!\bsr)(?<!\bsra)(?<!\bnum)[.!?]+(?= |$)")

# — Numbers and addresses —

_PHONE = re.compile(
    r"(?<![\w.-])(?:\+?1[ .-]?)?\(\d{3}\) ?\d{3}[ .-]{0,3}\d{4}(?![\w-])"
    r"|(?<![\w.-])(?:\+?1[ .-]?)?(?:\(\d{3}\) ?|\d{3}[ .-]{1,3})\d{3}[ .-]{1,3}\d{4}(?![\w-])"
    r"|(?<![\w.$-])\d{3}[.-]\d{4}(?![\w-])|(?<![\w.$#-])1?[2-9]\d{9}(?![\w])"
    r"|(?<![\w.-])(?:\+?\d{2}[ .-]?)?[6789]\d{2}[ .-]\d{2,3}[ .-]\d{2,3}(?:[ .-]\d{2})?(?![\w-])"
    r"|(?<![\w.-])\d(?:[ .-]{1,2}\d){6,12}(?![\w-])"
    r"|(?<![\w.-])\(?\d{3}\)?[ .-]{1,3}(?:oh|\d)(?:[ .-]?(?:oh|\d)){6}(?![\w-])"
)
_TOLL_FREE = re.compile(r"^\D*(?:1\D*)?8(?:00|88|77|66|55|44|33)")
_EMAIL = re.compile(
    r"(?<![\w.@])[\w.+-]{1,64} ?(?:@|\(at\)|\[at\]| at )(?: ?)(?:[a-z0-9-]+(?:\.| ?\(dot\) ?| ?\[dot\] ?"
    r"| dot | punto ))"
    r"+(?:com|net|org|edu|gov|us|io|co|es|mx|me|info|example|mail|email)\b"
    r"|(?<![\w.@])[\w.+-]{1,64} arroba [a-z0-9-]+(?:\.| punto )(?:com|net|org|es|mx|us)\b"
)
_OFFICIAL_MAIL = re.compile(
    r"\.gov\b|\.edu\b|@(?:[\w-]+\.)*[\w-]*(?:police|fire|town|city|county|library|school|clinic|policia"
    r"|bomberos|ayuntamiento|biblioteca|museum|shelter|council)|^(?:info|office|contact|tips|help"
    r"|volunteer|events?|library|clerk|hello|contacto|oficina|eventos|ayuda|admin)[\w.]* ?@"
)
_PLATE_SIGN = re.compile(
    r"\b(?:license|licence|lic|tag|plates?|placas?|matriculas?|patente|chapa|reg)\b"
    r"(?: (?:plates?|number|no\.?|num\.?|numero|is|was|says|said|read|reads|starts? with|starting with"
    r"|ends? in|ending in"
    r"|begins? with|beginning with|are|de|del?|es|era|con|el|la|coche|carro|camioneta|auto|on|it|the|car"
    r"|van|truck|suv|partial"
    r"|empieza|termina|en|por|dice|numeros|letras|i|got|think|maybe|tags?|texas|california|ohio|florida"
    r"|out of state|michigan|nevada|oregon))*[ :#]*"
)
_AFTER_SIGN = re.compile(r"[a-z0-9](?:[ .\-·*/]{0,3}(?:dash |guion )?[a-z0-9]){2,8}\b")
_PLATE = re.compile(
    r"(?<![\w$#/.-])(?:[A-Z]{3}[ .·-]{0,3}\d{3,4}|\d{3}[ .·-]{0,3}[A-Z]{3}|\d[ -]?[A-Z]{3}[ -]?\d{3}"
    r"|[A-Z]{2}[ -]?\d{2}[ -]?[A-Z]{2}"
    r"|[A-Z]{2}[ -]\d{5}|[A-Z]\d{2}[ -]?[A-Z]{3}|[A-Z]{2}\d{5}|\d{4}[ -]?[BCDFGHJKLMNPRSTVWXYZ]{3}"
    r"|[A-Z]{2}\d[ -]?\d{3,4}[A-Z]?|\d{2}[A-Z][ -]?\d{3,4}|[A-Z]{3}[ -]\d{2}[ -]\d{2}"
    r"|[A-Z](?:[ .·-]{1,2}[A-Z]){1,3}(?:[ .·-]{1,2}\d){3,4}|\d(?:[ .·-]{1,2}[A-Z]){3}(?:[ .·-]{1,2}\d){3}"
    r"|[A-Z]{3} dash \d{3,4})(?![\w/-]|\.\d)"
)
_PLATE_LOOSE = re.compile(
    r"(?<![\w$#/.-])(?:[a-z]{3}[ -]?\d{4}|[a-z]{3}-?\d{3}|\d[a-z]{3}\d{3}|\d{3}-?[a-z]{3}"
    r"|[a-z]{2}\d{2}[a-z]{2}|\d{4}[ -]?[bcdfghjklmnprstvwxyz]{3})(?![\w/-])"
)
_NO_PLATE = re.compile(
    r"(?:(?:crv|gmc|ram|bmw|iso|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|ene|abr|ago|dic|box|apt"
    r"|rte|hwy|the|and|for|bus|usb|led"
    r"|tel|ext|zip|suv|est|pin|wd|mph|btu|psi|sku|isbn|fha|usa|gas|day|age|run|top|was|has|had|lot|mp|mph"
    r"|nfl|nba|mlb|ymca|sat|act|hdmi|cal|mon|tue|wed|thu|fri|sun"
    r"|los|las|por|son|hay|con|una|uno|que|del|sin|mas|cel|kms|ano|fue|solo|van|vwe|art|ley|non|fur|all"
    r"|about|from|unit|mazda|audi|fiat|over|only|just|row|til|iva|dos|out|see|off|ave|dept|room|aprox|hace"
    r"|dni) ?-?\d|"
    r"\d{3} ?-?(?:the|and|for|mph|ave|rte|hwy|box|car|men|man|usd|mts|kms|hrs|min|lbs|a\.?m|p\.?m|are|was"
    r"|has|had|out|day|gal|mas|los|las|por|con|que|del|son|una|uno|one|new|old|oak|elm|ash|hp|pcs|ppl|kid"
    r"|box|led|yds|yrs|dls|est|pst|cst|mst)\b)"
)
_VEHICLE = re.compile(
    r"\b(?:car|suv|van|truck|sedan|pickup|jeep|vehicle|honda|toyota|ford|chevy|nissan|bmw|dodge|kia"
    r"|hyundai|subaru|mazda|tesla|motorcycle|driver"
    r"|coche|carro|auto|camioneta|furgoneta|moto|vehiculo|seat|renault|camion|corolla|civic|camry)\b"
)
_DIGIT_WORDS = re.compile(
    r"\b(?:(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|cero|uno|dos|tres|cuatro|cinco"
    r"|seis|siete|ocho|nueve)[ ,-]{1,2}){6,}"
    r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve)\b"
)
_LINK = re.compile(
    r"(?:https?://)?(?:www\.|m\.)?(?:facebook|fb|instagram|tiktok|linkedin|twitter|x|snapchat|onlyfans"
    r"|threads|myspace)\.com/[\w./?=@&%-]+"
    r"|(?:https?://)?(?:www\.)?(?:whitepages|spokeo|beenverified|truepeoplesearch|fastpeoplesearch|mylife"
    r"|intelius|radaris|truthfinder|peoplefinder|mugshots|arrests|doxbin|pastebin|zabasearch)\.(?:com|org"
    r"|net)[\w./?=@&%-]*"
)

# — Names —

_NAME = (
    r"(?P<name>(?:(?:Mr|Mrs|Ms|Sr|Sra|Don|Dona)\.? )?[A-Z][a-z'-]+(?: [A-Z]\.)?(?: (?!Street|St|Road|Rd"
    r"|Lane|Avenue|Ave|Drive|Park|Creek|Court|Night|Day|Hill|Way)[A-Z][a-z'-]+){0,2})"
)
_ROLE = (
    r"(?:thief|burglar|robber|culprit|suspect|vandal|perp|creep|prowler|stalker|intruder|porch pirate|guy"
    r"|man|woman|kid|person|driver|one|dealer|lady|boy|girl|dude|arsonist|ladron|ladrona|culpable"
    r"|sospechoso|sospechosa|responsable|autor|tipo|chico|chica|hombre|mujer|vandalo|ratero|delincuente"
    r"|senor|senora|chaval|muchacho|conductor)"
)
_HIS_NAME = re.compile(
    rf"\b(?:(?:his|her|their|the {_ROLE}'s|{_ROLE}'s|that {_ROLE}'s|whose)(?: (?:full|real|last|first"
    rf"|actual))* names?(?:'s| is| was| are| were|:| is:)(?: (?:also|actually|apparently|probably"
    rf"|definitely|something like))*"
    rf"|\bnames? of (?:the|that|this) {_ROLE} (?:is|was)|(?:el|ella|{_ROLE}|que|quien|creo que|ese|esa"
    rf"|y) se llama[n]?|(?:ladron|ladrona|ratero|culpable|vandalo|tipo|estafador|sospechoso"
    rf"|delincuente)(?: de [\w]+| del [\w]+)? se llama|^se llama|(?<!\bme )\b(?:se llama|(?<!my )name is"
    rf"|is called|is named|called himself|named)|su nombre(?: completo)? es|su apellido es|se apellida"
    rf"|nombre del? (?:la )?{_ROLE} es|(?:he|she|the {_ROLE}) (?:goes by|is known as|is called|is named"
    rf"|was identified as|has been identified as)|(?:identified|named|outed) as(?! a))"
    r" (?P<word>(?!not\b|on\b|unknown|in the|the |a |an |being|withheld|un |una |known|spelled|como "
    r"|familiar|protected|private|withheld|desconocid)[a-z][a-z'-]+(?: [a-z'-]+)?)",
)
_IT_WAS = re.compile(
    rf"(?i:\b(?:it was|it's|it is|that was|was definitely|bet it was|by|fue|ha sido|era|lo hizo|es"
    rf"|the {_ROLE}(?: (?:in|at|from|with|who|on|by|that)(?: [\w']+){{1,4}})? (?:is|was)|(?:el"
    rf"|la) que [\w ]{{3,30}}? (?:es|fue|se llama)|(?:el|la) {_ROLE} (?:es|era|fue)|blame|culpa de|suspect"
    rf"|sospecho de|(?:kid|guy|man|woman|boy|girl|teenager|dude|neighbor|thief|punk|driver"
    rf"|tenant)(?:,)? (?:named|called)|un tal|una tal|is one|llamad[oa])(?: (?:definitely|clearly|actually"
    rf"|again|that|el|la|seguro que|claramente|de nuevo|otra vez))*) {_NAME}"
)
_DID = re.compile(
    rf"{_NAME}(?:,? (?:(?:from|of|at|in|who lives|living|next|the|de|del|que vive en|en|la|el) )+(?:no\.? ?"
    rf"|number |#|apt\.? ?|unit |numero |casa |piso |the |el |la |door )*[\w]+(?: [\w]+)?,?)?(?:,? (?:just"
    rf"|also|is|was|has|been|again|keeps|definitely|probably|are|have|keep|fue quien|quien|me|nos|le|esta"
    rf"|estaba|ha|sigue|es|un|una|el|the|a|who|that|one|had|ya|siempre))*"
    r" (?P<deed>(?i:stole|steals|stealing|stolen|robbed|robs|robbing|broke into|breaking into|breaks into"
    r"|vandalized|vandalised|vandalizes|smashed|keyed|slashed|did it|did this|took my|took our|takes our"
    r"|takes my|taking our|taking my|took the package|taking packages|takes packages|spray painted"
    r"|painted the|painted our|tagged the|lets his dog|broke the|broke my|broke our|breaks|hit my|kicked"
    r"|cut the lock|scratched|beats his|beats her|thief|burglar|drug dealer|dealing drugs|deals drugs"
    r"|sells drugs|selling drugs|pedophile|criminal|scammed|scammer|sex offender|stalker|poisoned|set fire"
    r"|assaulted|attacked|egged|damaged|swiped"
    r"|robo|roba|robando|robado|rompio|rayo|entro en mi|entro a robar|ladron|ladrona|ratero|vende droga"
    r"|vende drogas|vendiendo droga|delincuente|lo hizo|estafo|estafador|pederasta|se llevo|se lleva"
    r"|se llevan|pinto la|pinto mi|pinto el|rompio|quien rompio|tiro|amenazo|trafica|vende cosas robadas"
    r"|envenena|enveneno|pincho|quemo|forzo|acosador|culpable|camello|traficante|lleva robando))\b"
)
_DEED = (
    r"(?:stole|steal\w*|robb\w+|(?:broke|breaks?)(?! the record| (?:his|her|a) (?:arm|leg))|slash\w*|smash\w*|keyed"
    r"|(?:took|takes) (?:my|our)|did it|did this|vandali[sz]\w+|egged|scratch\w*|spray\w*|robo|roban?|robaron"
    r"|rompio|rompieron|rompen?|rayo|rayaron|pincho|pincharon|se llevo|se llevaron|quemo|destroz\w+|forz\w+)"
)
# "The Hendersons' son slashed…", "el hijo de los Martínez … rompió": a family's name says who it is.
_FAMILY = re.compile(
    rf"(?P<name>(?i:\bthe) (?!Police|Town|City|County|School|Church)[A-Z][a-z'-]+(?:'s?|s')?"
    rf" (?i:boys?|kids?|sons?|girls?|daughters?|brothers|twins|family)"
    rf"|(?i:\b(?:el|la|los|las) (?:hij|chic|ni[nñ]|muchach|nen|herman|niet)[oa]s?|\b(?:el|los) chava(?:l|les)"
    rf"|\bla familia) (?i:de (?:los|las)|del senor|de la senora|de don|de dona) [A-Z][a-z'-]+)"
    rf"(?: (?i:who|que|quien|quienes|just|again|otra vez|has|ha|have|han|me|nos|le|is the one who|es el que)){{0,3}}"
    rf" (?i:{_DEED})\b"
)
# "Ask Kyle Brenner where my bike went"
_ASK = re.compile(
    rf"(?i:\b(?:ask|pregunten?l[ea](?:n)? a|preguntale a|talk to|look no further than|everyone knows it's)) {_NAME}"
    r"(?= (?i:where|why he|why she|about my|what he|what she|donde|por que|que hizo))"
)
_FROM = re.compile(
    r"(?P<name>\b[a-z]+(?: [a-z'-]+)?),? (?:el |la |the one |the guy |who lives )?(?:from|at|in|of|de|del"
    r"|en) (?:el |la |the )?(?:no\.? ?|number |#|apt\.? ?|unit |house |numero |num\.? ?|n\.?o? ?|casa "
    r"|piso |portal )\d+[a-d]?\b"
)


@dataclass(frozen=True)
class Found:
    """Words that break the rule: where they stand in the original (characters), and why."""

    start: int
    end: int
    reason: str


@cache
def words() -> Words:
    """The lists and patterns of this installation, read once. Raises WordingError."""
    return Words()


def find(text: str, rules: Words | None = None) -> list[Found]:
    """Every place in `text` that breaks R5, in its order, without overlaps. Raises WordingError for a broken file."""
    rules = rules or words()
    plain = read(text)
    if not plain.signs.strip():
        return []
    return _Reader(plain, rules).found()


class _Reader:
    """One text, and what is asked of it again and again."""

    def __init__(self, plain: Plain, rules: Words) -> None:
        self.plain, self.rules = plain, rules
        self.open = undisguise(plain, rules.disguised, rules.strong)
        self.hits = {
            name: [self.open.starts[place] for place in places] for name, places in rules.hits(self.open.signs).items()
        }
        self.stops = [plain.starts[stop.start()] for stop in _STOP.finditer(plain.signs)]

    def found(self) -> list[Found]:
        found = [*self._patterns(), *self._numbers(), *self._names()]
        # Of words that overlap the longer stand, and touch the reader once.
        kept: list[Found] = []
        for one in sorted(found, key=lambda one: (one.start, -one.end)):
            if kept and one.start < kept[-1].end:
                if one.end > kept[-1].end:
                    kept[-1] = Found(kept[-1].start, one.end, kept[-1].reason)
                continue
            kept.append(one)
        return kept

    # — What stands around —

    def sentence(self, place: int) -> tuple[int, int]:
        number = bisect_right(self.stops, place - 1)
        first = self.stops[number - 1] if number else -1
        last = self.stops[number] if number < len(self.stops) else 1 << 60
        return first, last

    def has(self, name: str) -> bool:
        return name in self.hits

    def near(self, name: str, place: int, besides: int = -1) -> bool:
        """Whether a word of the list stands in the sentence of `place`, not between it and `besides`."""
        first, last = self.sentence(place)
        return any(first < hit <= last and not place <= hit < besides for hit in self.hits.get(name, ()))

    def conduct(self, place: int) -> bool:
        """Whether the sentence is about what police did."""
        return self.near("stop", place) and self.near("police", place) and not self.near("call-police", place)

    def excused(self, pattern: Pattern, match: re.Match[str], place: int) -> bool:
        crime = self.near("crime", place)
        for name in pattern.unless:
            if crime and name in _YIELDS_TO_CRIME:
                continue
            if name == "conduct":
                if self.conduct(place):
                    return True
            elif name == "noun-before":
                if self.noun_before(match):
                    return True
            elif name == "thing-inside":
                inside = set(re.findall(r"\w+", match[0]))
                if inside & (self.rules.set_of("thing") | self.rules.set_of("pet")):
                    return True
            elif name == "lost-pet":
                if self.has(name) and not self.has("crime"):
                    return True
            elif name in ("pet", "no-reward"):
                if self.has(name):
                    return True
            elif self.near(name, place):
                return True
        return False

    def noun_before(self, match: re.Match[str]) -> bool:
        """Whether the Spanish word for a group follows a thing or a street, whose colour or name it is then, or is
        written like a family name."""
        start = match.start(match.lastgroup) if match.lastgroup else match.start()
        before = re.findall(r"[\w/.]+", self.open.signs[max(0, start - 40) : start])[-2:]
        nouns = self.rules.set_of("prenda") | self.rules.set_of("es-street")
        if (
            before
            and before[-1] in nouns
            or (len(before) == 2 and before[-2] in nouns - {"vestido"} and before[-1] in ("de", "del"))
        ):
            return True
        sign = self.open.cased[start : start + 1]
        return bool(
            sign.isupper()
            and start > 0
            and not self.open.cased.isupper()
            and self.open.signs[start - 2 : start] != ". "
        )

    # — What the file says —

    def _patterns(self) -> Iterator[Found]:
        for pattern in self.rules.patterns:
            if not any(name in self.hits for name in pattern.key):
                continue
            if pattern.needs and not any(name in self.hits for name in pattern.needs):
                continue
            for match in pattern.match.finditer(self.open.signs):
                start, end = match.span()
                if start == end:
                    continue
                first, last = self.open.original(start, end)
                if not self.excused(pattern, match, first):
                    yield Found(first, last, pattern.reason or _REASONS.get(match.lastgroup or "", "nationality"))

    # — Numbers, plates, mail addresses, links —

    def _numbers(self) -> Iterator[Found]:
        signs, cased = self.plain.signs, self.plain.cased
        if any(sign.isdigit() for sign in signs):
            for match in _PHONE.finditer(signs):
                first, last = self.plain.original(*match.span())
                if not (_TOLL_FREE.match(match[0]) or self.near("official", first, last)):
                    yield Found(first, last, "phone")
            yield from self._plates(signs, cased)
        for match in _DIGIT_WORDS.finditer(signs):
            first, last = self.plain.original(*match.span())
            if not self.near("official", first, last):
                yield Found(first, last, "phone")
        for match in (
            _EMAIL.finditer(signs)
            if "@" in signs or " at" in signs or "(at" in signs or "[at" in signs or "arroba" in signs
            else ()
        ):
            first, last = self.plain.original(*match.span())
            if not (_OFFICIAL_MAIL.search(match[0]) or self.near("official", first, last)):
                yield Found(first, last, "email")
        for match in _LINK.finditer(signs) if ".com" in signs or ".org" in signs or ".net" in signs else ():
            first, last = self.plain.original(*match.span())
            if not (self.near("official", first, last) or self.near("kind", first)):
                yield Found(first, last, "link")

    def _plates(self, signs: str, cased: str) -> Iterator[Found]:
        for sign in _PLATE_SIGN.finditer(signs):
            match = _AFTER_SIGN.match(signs, sign.end())
            if match and any(char.isdigit() for char in match[0]) and not _NO_PLATE.match(match[0]):
                end = match.end()
                letters = re.sub(r"[^a-z0-9]", "", match[0])
                if 3 <= len(letters) <= 12 and sum(char.isdigit() for char in letters) >= 2:
                    yield Found(*self.plain.original(match.start(), end), "plate")
        for match in _PLATE.finditer(cased):
            if not _NO_PLATE.match(match[0].lower()):
                yield Found(*self.plain.original(*match.span()), "plate")
        if _VEHICLE.search(signs):
            for match in _PLATE_LOOSE.finditer(signs):
                if not _NO_PLATE.match(match[0]):
                    yield Found(*self.plain.original(*match.span()), "plate")

    # — Names —

    def _names(self) -> Iterator[Found]:
        signs, cased = self.plain.signs, self.plain.cased
        pet, praised = self.has("pet"), "praise"
        accused = self.has("crime") or self.has("suspicion")
        for match in _HIS_NAME.finditer(signs):
            first, last = self.plain.original(*match.span())
            if pet or (not self.near("crime", first) and (self.near(praised, first) or self.near("kind", first))):
                continue
            named = re.match(r"(?:se llama|name is|is called|is named|called|named)", match[0])
            mine = re.search(
                r"\b(?:my|our|mi|nuestr[oa])(?: \w+){1,2} (?:'s )?$", signs[max(0, match.start() - 30) : match.start()]
            )
            if named and (mine or not self.near("crime", first)):
                continue
            if self._title(match.start("word")) or match["word"].split()[0] in self.rules.set_of("title"):
                continue
            yield Found(first, last, "name-of-suspect")
        for match in _IT_WAS.finditer(cased):
            first, last = self.plain.original(*match.span())
            role = re.search(
                r"(?i)\bthe |named|called|un tal|una tal|is one|llamad|\bel |\bla |blame|culpa|suspect|sospech",
                match[0][: match.start("name") - match.start()],
            )
            if not self._person(match["name"], strict=not role) or self._title(match.start("name")):
                continue
            if role and not accused:
                continue
            if not self.near("crime", first) and self.near(praised, first):
                continue
            if pet and not self.near("crime", first):
                continue
            light = re.match(r"(?i)(?:by|es|era)\b", match[0])
            if light and not self.near("crime", first):
                continue
            yield Found(first, last, "name-of-suspect")
        for match in _DID.finditer(cased):
            first, last = self.plain.original(*match.span())
            if self._person(match["name"], strict=True) and not self._title(match.start("name")) and not pet:
                yield Found(first, last, "name-of-suspect")
        for match in _FAMILY.finditer(cased):
            if not pet:
                yield Found(*self.plain.original(*match.span("name")), "name-of-suspect")
        for match in _ASK.finditer(cased):
            first, last = self.plain.original(*match.span())
            if self.has("crime") and self._person(match["name"], strict=True) and not self._title(match.start("name")):
                yield Found(first, last, "name-of-suspect")
        for match in _FROM.finditer(signs):
            first, last = self.plain.original(*match.span())
            name = match["name"].split()
            known = [word for word in name if word in self.rules.set_of("first-name")]
            if known and not self.near(praised, first) and (accused or self.near("was", first)):
                yield Found(
                    self.plain.original(match.start() + match["name"].find(known[0]), match.end())[0],
                    last,
                    "name-of-suspect",
                )

    def _person(self, name: str, strict: bool) -> bool:
        """Whether capitalised words are a person's name: a known first name, Mr. or Mrs.; else any, unless strict."""
        first = name.split()[0].lower().rstrip(".")
        if first in self.rules.set_of("title"):
            return False
        if first in ("mr", "mrs", "ms", "sr", "sra", "don", "dona") or first in self.rules.set_of("first-name"):
            return True
        parts = {part.lower() for part in name.split()}
        if len(parts) > 1 and not parts & self.rules.set_of("not-a-name"):
            return True
        return not strict and first not in (
            "the",
            "a",
            "el",
            "la",
            "un",
            "una",
            "i",
            "we",
            "they",
            "he",
            "she",
            "maple",
            "oak",
            "my",
            "our",
            "someone",
        )

    def _title(self, start: int) -> bool:
        """Whether an official's title stands just before."""
        before = re.findall(r"[a-z]+", self.plain.signs[max(0, start - 20) : start])
        return bool(before) and before[-1] in self.rules.set_of("title")
