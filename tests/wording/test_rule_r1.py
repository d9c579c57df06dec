"""Rule R1: what asks residents for footage or for their cameras is found, named and explained; ordinary tips pass."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import bench_wording as bench
from portal import wording
from portal.wording import r1
from portal.wording.frames import Frames
from portal.wording.says import SUGGESTIONS

HELD = [
    ("If your doorbell caught the red truck on Elm, e-mail the clip to us", "saw"),
    ("check your cameras", "look"),
    ("Did your doorbell catch it?", "saw"),
    ("Please preserve your recordings from Tuesday.", "keep"),
    ("We would like to see footage of the crash.", "want"),
    ("Anyone with video is asked to call Detective Moss.", "contact"),
    ("Who has a camera on Elm?", "who"),
    ("Upload your evidence and clips at https://axon.example/upload.", "send"),
    ("E-mail: footage@mapletownpd.example", "upload"),
    ("Join our camera registry.", "registry"),
    ("Sign up for live view of your doorbell.", "registry"),
    ("Get a rebate on a security camera.", "gift"),
    ("Do you have a doorbell camera? We would like to hear from you.", "who"),
    ("We are looking for video. Please call.", "want"),
    ("Red truck on Elm, Tuesday. Ring owners: you know what to do.", "contact"),
    ("Revisen sus cámaras.", "look"),
    ("Revisá tu cámara, vecino.", "look"),
    ("Enviadnos las imágenes de vuestro videoportero.", "send"),
    ("¿Su timbre captó la camioneta?", "saw"),
    ("Registre su cámara con la policía.", "registry"),
    ("Timbres con cámara gratis para los primeros 50 vecinos.", "gift"),
]
PASSES = [
    "New body cameras for our officers",
    "lock your doors",
    "our new body cameras",
    "join us for coffee",
    "We never ask for footage.",
    "Do not send videos.",
    "You need not share recordings.",
    "Requests for footage ended in 2024.",
    "Cover your webcam.",
    "How to set privacy zones on your doorbell: open the app.",
    "Officers may ask at your door; you may say no.",
    "Photo contest: send us the best picture of your garden.",
    "The new hall adds square footage.",
    "Ring in the new year with us.",
    "Nunca pedimos grabaciones.",
    "Cierre sus puertas.",
    "Nuestras nuevas cámaras corporales llegan en junio.",
    "",
]


@pytest.mark.parametrize(("text", "reason"), HELD)
def test_what_asks_is_held_and_its_words_are_named(text: str, reason: str) -> None:
    finding = wording.check("R1", text)
    assert finding.held and reason in [span.reason for span in finding.spans]
    assert finding.why == finding.spans[0].reason


@pytest.mark.parametrize("text", PASSES)
def test_ordinary_words_pass(text: str) -> None:
    assert wording.check("R1", text).spans == ()


@pytest.mark.parametrize(
    "disguised",
    [
        "SEND US YOUR FOOTAGE",
        "send us your f00tage",
        "send us your f o o t a g e",
        "send us your f.o.o.t.a.g.e",
        "send us your foot-age",
        "send us your foooootage",
        "send us your fооtаgе",
        "send us your ｆｏｏｔａｇｅ",
        "send us your v1deo",
        "check your c@meras",
        "send us your footge",
        "send us your 📹",
    ],
)
def test_a_disguise_hides_nothing(disguised: str) -> None:
    finding = wording.check("R1", f"Good morning. Please {disguised} today.")
    assert finding.held
    assert all(span.words in disguised for span in finding.spans)


def test_an_answer_explains_itself_and_says_what_to_write_instead() -> None:
    said = wording.explained(wording.check("R1", "Please check your cameras."))
    assert said["spans"] == [{"start": 7, "end": 25, "words": "check your cameras", "reason": "look"}]
    assert said["why"].startswith("“check your cameras”: It asks residents to look")
    assert said["why"].endswith("say what happened and whom to call; residents decide by themselves.")


# — Several fields —


def test_a_request_split_over_fields_is_found_and_each_of_them_shows_its_part() -> None:
    fields = {"title": "Doorbell cameras on Elm", "body": "Please send what you have to Sgt. Bell."}
    assert not any(wording.check("R1", text).held for text in fields.values())
    finding = wording.check_fields("R1", fields)
    assert {span.field for span in finding.spans} == {"title", "body"}
    for span in finding.spans:
        assert fields[span.field][span.start : span.end] == span.words


def test_words_of_one_field_excuse_nothing_in_another() -> None:
    finding = wording.check_fields("R1", {"title": "Photo contest", "body": "Send us your video", "place": ""})
    assert [span.field for span in finding.spans] == ["body"]


def test_ordinary_fields_pass_together() -> None:
    fields = {"title": "New body cameras", "body": "Call the desk with questions.", "place": "Town hall"}
    assert not wording.check_fields("R1", fields).held


# — Any text —

SAID = [text for text, _reason in HELD] + PASSES
ANY = st.one_of(
    st.text(max_size=300),
    st.lists(st.sampled_from([*SAID, " ", "\u200b", "1", ".", "@", "📹"]), max_size=6).map(" ".join),
)


@given(ANY, ANY)
@settings(deadline=None)
def test_it_never_fails_and_what_it_finds_stands_in_its_field(title: str, body: str) -> None:
    fields = {"title": title, "body": body}
    finding = wording.check_fields("R1", fields)
    assert finding.held == bool(finding.spans)
    ends = {"title": 0, "body": 0}
    for span in finding.spans:
        assert ends[span.field] <= span.start < span.end <= len(fields[span.field])
        assert fields[span.field][span.start : span.end] == span.words
        assert span.reason in SUGGESTIONS
        ends[span.field] = span.end


@given(st.sampled_from(SAID), st.sampled_from("\u200b\u200d\u2060\ufeff\u00ad"), st.integers(1, 5))
@settings(deadline=None)
def test_characters_that_nobody_sees_change_nothing(text: str, sign: str, every: int) -> None:
    hidden = "".join(part + (sign if number % every == 0 else "") for number, part in enumerate(text))
    before, after = wording.check("R1", text), wording.check("R1", hidden)
    assert [(span.reason, span.words) for span in before.spans] == [
        (span.reason, span.words.replace(sign, "")) for span in after.spans
    ]


@given(st.sampled_from(SAID))
def test_capitals_change_nothing(text: str) -> None:
    spans = [[(one.start, one.end) for one in wording.check("R1", form).spans] for form in (text, text.upper())]
    assert spans[0] == spans[1]


@pytest.mark.parametrize(
    "unit", ["your camera ", "send ", "not send ", "you have with ", "send us your questions. ", "a1", "v i d e o "]
)
def test_the_work_grows_with_the_text_and_no_faster(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = 0
    frames, rest = Frames(), Frames._rest

    def counted(*args: object) -> object:
        nonlocal steps
        steps += 1
        return rest(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(Frames, "_rest", counted)
    taken = []
    for times in (100, 400):
        steps = 0
        list(r1.find(unit * times, frames))
        taken.append(steps)
    assert taken[1] <= 5 * taken[0] + 100


# — The labelled sentences —


@pytest.mark.parametrize("language", bench.LANGUAGES)
def test_the_labelled_sentences_are_many_about_half_of_them_ask_and_none_stands_twice(language: str) -> None:
    tuned, later = (bench.sentences(language, split, "R1") for split in bench.SPLITS)
    assert len(tuned) >= 300 and len(later) >= 100
    assert 0.4 < sum(one.breaks for one in tuned + later) / len(tuned + later) < 0.6
    assert len({one.text for one in tuned + later}) == len(tuned + later)
    assert {one.reason for one in tuned + later} - {"-"} <= set(SUGGESTIONS)


@pytest.mark.parametrize("language", bench.LANGUAGES)
def test_the_checker_is_as_good_as_the_documents_say(language: str) -> None:
    tuned = bench.score(bench.sentences(language, "tuned", "R1"), "R1")
    assert tuned.precision >= 0.98 and tuned.recall >= 0.98
    later = bench.score(bench.sentences(language, "later", "R1"), "R1")
    assert later.precision >= 0.94 and later.recall >= 0.88  # floors for sentences that it was not tuned to


# — The file that a town edits —


def broken(tmp_path: Path, text: str) -> str:
    file = tmp_path / "r1.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(wording.WordingError) as error:
        Frames(file)
    return str(error.value)


def test_a_broken_file_is_reported_with_its_line(tmp_path: Path) -> None:
    assert "line 2" in broken(tmp_path, "[lists]\ngive = 3\n")
    assert "line 4" in broken(tmp_path, '[lists]\ngive = ["send"]\n[[ask]]\nwords = "give ..3 gvie"\n')
    assert "there is no [[excuse]] `nott`" in broken(
        tmp_path, '[lists]\ngive = ["send"]\n[[ask]]\nwords = "give"\nunless = ["nott"]\n'
    )
    assert "[[ask]] with wrds" in broken(tmp_path, '[lists]\ngive = ["send"]\n[[ask]]\nwrds = "give"\n')


def test_the_file_says_its_reasons_in_words_that_there_are() -> None:
    assert {frame.reason for frame in Frames().asks} <= set(SUGGESTIONS)
