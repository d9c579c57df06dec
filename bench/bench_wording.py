"""How well the checkers of rules R1 and R5 tell what breaks them, on labelled sentences, and how long they take.

The sentences are in `bench/data`: `reason<TAB>sentence`, "-" for an ordinary one. The checkers were tuned on the
`tuned` files; the `later` files were written apart from that, and nothing was changed for their sake.
"""

import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from portal.wording import RULES, Rule, check

DATA = Path(__file__).parent / "data"
LANGUAGES, SPLITS = ("en", "es"), ("tuned", "later")


@dataclass(frozen=True)
class Sentence:
    reason: str
    text: str

    @property
    def breaks(self) -> bool:
        return self.reason != "-"


@dataclass(frozen=True)
class Score:
    """`precision`: how much of what was held breaks the rule. `recall`: how much of what breaks it was held."""

    sentences: int
    held_rightly: int
    held_wrongly: int
    missed: int

    @property
    def precision(self) -> float:
        return self.held_rightly / max(1, self.held_rightly + self.held_wrongly)

    @property
    def recall(self) -> float:
        return self.held_rightly / max(1, self.held_rightly + self.missed)


def sentences(language: str, split: str, rule: Rule = "R5") -> list[Sentence]:
    lines = (DATA / f"{rule.lower()}.{language}.{split}.tsv").read_text(encoding="utf-8").splitlines()
    return [Sentence(*line.split("\t", 1)) for line in lines if line]


def score(found: list[Sentence], rule: Rule = "R5") -> Score:
    counts = Counter((one.breaks, check(rule, one.text).held) for one in found)
    return Score(len(found), counts[True, True], counts[False, True], counts[True, False])


def by_reason(found: list[Sentence], rule: Rule = "R5") -> Iterator[tuple[str, int, int]]:
    """(reason, held, all) of the sentences that break the rule."""
    every = Counter(one.reason for one in found if one.breaks)
    held = Counter(one.reason for one in found if one.breaks and check(rule, one.text).held)
    return ((reason, held[reason], count) for reason, count in sorted(every.items()))


def seconds(act: object, texts: list[str], rounds: int = 5) -> float:
    """The best of some rounds, for one sentence."""
    best = float("inf")
    for _ in range(rounds):
        begun = time.perf_counter()
        for text in texts:
            act(text)  # type: ignore[operator]
        best = min(best, time.perf_counter() - begun)
    return best / len(texts)


def main() -> None:
    for rule in RULES:
        print_rule(rule)


def print_rule(rule: Rule) -> None:
    everything: list[Sentence] = []
    print(f"{rule} checker: labelled sentences")
    for split in SPLITS:
        for language in LANGUAGES:
            found = sentences(language, split, rule)
            everything += found
            result = score(found, rule)
            print(
                f"  {language} {split:5}  {result.sentences:4} sentences  precision {result.precision:.3f}"
                f"  recall {result.recall:.3f}  held wrongly {result.held_wrongly}, missed {result.missed}"
            )
            print("    " + " · ".join(f"{reason} {held}/{count}" for reason, held, count in by_reason(found, rule)))
    texts = [one.text for one in everything]
    words = sorted({word for text in texts for word in re.findall(r"\w{4,}", text.lower())})[:400]
    plain = re.compile(r"\b(?:" + "|".join(map(re.escape, words)) + r")\b", re.IGNORECASE)
    ours, theirs = seconds(lambda text: check(rule, text), texts), seconds(plain.findall, texts)
    print(f"  a sentence: {ours * 1e6:.0f} µs, {ours / theirs:.1f} times a plain `re` scan for {len(words)} words")


if __name__ == "__main__":
    main()
