"""Rule R5: what describes a person instead of a deed is found, named and explained; ordinary words pass."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import bench_wording as bench
from portal import wording
from portal.wording.says import SUGGESTIONS
from portal.wording.words import Words

HELD = [
    ("A black man tried the door of my car.", "race"),
    ("Un moreno sospechoso mira las casas.", "race"),
    ("A Muslim man is sitting in the park watching kids.", "religion"),
    ("Two Mexicans in a pickup are stealing catalytic converters.", "nationality"),
    ("A bunch of illegal immigrants took my bike.", "immigration"),
    ("Un tipo con acento extranjero preguntó si vivo sola.", "language"),
    ("There's a man on Oak Lane who doesn't belong here.", "outsider"),
    ("Homeless man sleeping behind the shop, hide your bikes.", "homeless"),
    ("There's a crazy man walking down Pine Road, stay inside.", "health"),
    ("The thief: his name is Tyler Brandt.", "name-of-suspect"),
    ("It was Mike Tanner from no. 4.", "name-of-suspect"),
    ("My neighbor at 22 is a drug dealer.", "accusation"),
    ("$500 reward for the name of whoever took our bikes.", "reward"),
    ("White van with plate HRT-5539.", "plate"),
    ("The plate was A B C 1 2 3 4.", "plate"),
    ("If you see my bike call me at 555-201-7788.", "phone"),
    ("Write to jane.miller82@mail.example if you saw it.", "email"),
    ("The thief lives at 14 Oak Lane.", "address-of-person"),
    ("Here is his facebook: facebook.com/dan.k.4471", "link"),
]
PASSES = [
    "A tall person in a red jacket tried three car doors.",
    "A black SUV and a white van were parked on Elm.",
    "Lost brown dog, answers to Bruno.",
    "Un coche negro delante de la puerta blanca.",
    "Trouble on Indian Creek Road, Black Oak Lane y calle Moro.",
    "The Chinese restaurant and the Greek festival are on Main.",
    "Spanish lessons at the library.",
    "German shepherd, Siamese cat and gran danés found.",
    "Call 911.",
    "Call town hall at (555) 010-0100.",
    "The Jewish community invites everybody to the lights.",
    "La comunidad judía invita a todos a la fiesta de las luces.",
    "",
]


@pytest.mark.parametrize(("text", "reason"), HELD)
def test_what_breaks_the_rule_is_held_and_its_words_are_named(text: str, reason: str) -> None:
    finding = wording.check("R5", text)
    assert finding.held and reason in [span.reason for span in finding.spans]
    assert finding.why == finding.spans[0].reason


@pytest.mark.parametrize("text", PASSES)
def test_ordinary_words_pass(text: str) -> None:
    assert wording.check("R5", text).spans == ()


@pytest.mark.parametrize(
    ("about", "other_side"),
    [
        ("Police stopped a Black teenager for no reason.", "Police were right to stop the Black teenager."),
        ("The officers were rude to a Latino man.", "The officers were polite to a Latino man."),
    ],
)
def test_words_about_police_conduct_are_treated_alike_whatever_side_they_take(about: str, other_side: str) -> None:
    assert wording.check("R5", about).held == wording.check("R5", other_side).held == False  # noqa: E712


@pytest.mark.parametrize(
    "disguised",
    [
        "A BLACK MAN",
        "a b.l.a.c.k man",
        "a b l a c k man",
        "a bl4ck man",
        "a blaaaack man",
        "a Вlасk man",
        "a ｂｌａｃｋ man",
    ],
)
def test_a_disguise_hides_nothing(disguised: str) -> None:
    (span,) = wording.check("R5", f"There is {disguised} behind the shed.").spans
    assert span.reason == "race" and span.words in disguised


@pytest.mark.parametrize(("text", "language"), [("He took my bike", "en"), ("Se llevó mi bici de la calle", "es")])
def test_the_language_is_guessed(text: str, language: str) -> None:
    assert wording.check("R5", text).language == language


ANY = st.one_of(
    st.text(max_size=300),
    st.lists(
        st.sampled_from([text for text, _reason in HELD] + PASSES + [" ", "\u200b", "1", ".", "@"]), max_size=6
    ).map(" ".join),
)


@given(ANY)
@settings(deadline=None)
def test_it_never_fails_and_what_it_finds_stands_in_the_text(text: str) -> None:
    for rule in wording.RULES:
        finding = wording.check(rule, text)
        assert finding.held == bool(finding.spans)
        ends = 0
        for span in finding.spans:
            assert ends <= span.start < span.end <= len(text), "in order, and none inside another"
            assert text[span.start : span.end] == span.words
            assert span.reason in SUGGESTIONS
            ends = span.end


@given(
    st.sampled_from([text for text, _reason in HELD] + PASSES),
    st.sampled_from("\u200b\u200d\u2060\ufeff\u00ad"),
    st.integers(1, 5),
)
@settings(deadline=None)
def test_characters_that_nobody_sees_change_nothing(text: str, sign: str, every: int) -> None:
    hidden = "".join(part + (sign if number % every == 0 else "") for number, part in enumerate(text))
    before, after = wording.check("R5", text), wording.check("R5", hidden)
    assert [(span.reason, span.words) for span in before.spans] == [
        (span.reason, span.words.replace(sign, "")) for span in after.spans
    ]


@pytest.mark.parametrize(
    "text",
    [
        "black " * 900,
        "a" * 5000,
        "555-" * 1200,
        "A B C " * 800,
        "\u200b" * 5000,
        "1 " * 2500,
        "a1" * 20000,
        "m a n " * 4000,
    ],
)
def test_a_long_text_is_read_quickly_enough_to_be_read_at_all(text: str) -> None:
    """Nothing here grows much faster than the text: this would not end otherwise."""
    wording.check("R5", text)


@pytest.mark.parametrize("language", bench.LANGUAGES)
def test_the_labelled_sentences_are_many_about_half_of_them_break_the_rule_and_none_stands_twice(language: str) -> None:
    tuned, later = (bench.sentences(language, split) for split in bench.SPLITS)
    assert len(tuned) + len(later) >= 320 and len(later) >= 100
    assert 0.4 < sum(one.breaks for one in tuned + later) / len(tuned + later) < 0.65
    assert len({one.text for one in tuned + later}) == len(tuned + later)


@pytest.mark.parametrize("language", bench.LANGUAGES)
def test_the_checker_is_as_good_as_the_documents_say(language: str) -> None:
    tuned = bench.score(bench.sentences(language, "tuned"))
    assert tuned.precision >= 0.97 and tuned.recall >= 0.95
    later = bench.score(bench.sentences(language, "later"))
    assert later.precision >= LATER[language][0] and later.recall >= LATER[language][1]


LATER = {"en": (0.95, 0.84), "es": (0.92, 0.86)}  # floors for sentences that it was not tuned to


# — The file that a town edits —


def broken(tmp_path: Path, text: str) -> str:
    file = tmp_path / "r5.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(wording.WordingError) as error:
        Words(file)
    return str(error.value)


def test_a_broken_file_is_reported_with_its_line(tmp_path: Path) -> None:
    assert "line 3" in broken(tmp_path, '[lists]\nperson = ["man"\n[[pattern]]')
    assert "line 2" in broken(tmp_path, "[lists]\nperson = 3\n")
    assert "line 4" in broken(
        tmp_path, '[lists]\nperson = ["man"]\n[[pattern]]\nmatch = "{persn} x"\nkey = ["person"]\n'
    )
    assert "line 4" in broken(tmp_path, '[lists]\nperson = ["man"]\n[[pattern]]\nmatch = "(x"\nkey = ["person"]\n')
    assert "there is no list `kund`" in broken(
        tmp_path, '[lists]\nperson = ["man"]\n[[pattern]]\nmatch = "x"\nkey = ["person"]\nunless = ["kund"]\n'
    )


def test_the_file_says_its_reasons_in_words_that_there_are() -> None:
    assert {pattern.reason for pattern in Words().patterns if pattern.reason} <= set(SUGGESTIONS)
