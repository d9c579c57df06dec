"""Rule R1: a text that asks residents for footage is held. What is an agency's own business goes out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.bulletins.rules import find_requests, findings

ASKING = [
    # "please look at your cameras"
    "Please check your cameras from Tuesday night.",
    "Residents of Oak Lane are asked to review their doorbell footage.",
    "Take a look at your Ring between 2 and 4 a.m.",
    "We ask neighbors to go through their security camera recordings.",
    "Kindly look through your home surveillance.",
    "If you live near the park, check your doorbell.",
    "Scan your dashcam for a blue van.",
    # "please give it to us"
    "Send us any video of the crash.",
    "Please email clips to tips@police.maple.example.",
    "Upload your footage at our portal.",
    "Share your video with Detective Moss.",
    "Anyone with footage is asked to contact us.",
    "Residents can drop off recordings at the station.",
    "Please preserve any surveillance video for investigators.",
    "Save your footage from last night, an officer will come by.",
    "Hand over your recordings to the desk officer.",
    "Bring your memory card with the video to the front desk.",
    "Please submit images from your home camera.",
    "Text us your doorbell clips.",
    "Forward any pictures your camera took to this address.",
    # "have you seen it?"
    "Did your doorbell catch anything last night?",
    "If your camera captured the crash, call us.",
    "Anyone whose camera may have recorded the suspect should call.",
    "Has your security system picked up a man in a red hat?",
    "Maybe your Ring saw something.",
    "Do you have video of the fire?",
    "Do you have a camera facing Elm Street? Let us know.",
    # "we would like it"
    "We are looking for video of a silver car.",
    "Detectives are seeking surveillance footage from Maple Street.",
    "Footage wanted: theft on Oak Lane.",
    "Any recordings would be helpful.",
    "Any doorbell video from the area would be appreciated.",
    "Police request footage from Pine Road.",
    "We need your cameras' recordings from Sunday.",
    "We'd love to see what your cameras got.",
    "Investigators would like to speak with anyone who has video.",
    # "who has a camera?"
    "Calling everybody with a doorbell camera on Birch Road.",
    "Homeowners who own cameras near the school are urged to call.",
    "Neighbors with Ring or Nest devices, please get in touch.",
    "Join our camera registry.",
    "Register your camera with the police department.",
    "Sign up to share your cameras' live view with dispatch.",
    "Give our real-time center access to your camera.",
    "Join our voluntary camera sharing program.",
    # "do not" that asks all the same
    "Please do not delete any video from Tuesday.",
    "Don't forget to send us your footage.",
    "Do not hesitate to share your doorbell clips with us.",
    "Why not send us your video?",
    "We do not ask often, but please send us your doorbell video.",
    # in other clothes
    "Video of the crash? Please send it to us.",
    "Our officers are looking for video of the crash.",
    "Send us your new camera's footage.",
    "Email our detectives your body camera footage.",
    "PLEASE CHECK YOUR CAMERAS",
    "Please check\nyour cameras",
    "We would be grateful for a look at your surveillance.",
    "Por favor, revise sus cámaras.",
    "Envíenos su video del accidente.",
    "¿Su timbre grabó algo anoche?",
    "Buscamos grabaciones de la calle Maple.",
]

ORDINARY = [
    "Our new body cameras arrive in June.",
    "Officers' body-worn cameras record every stop.",
    "The department's body cameras were paid for by a state grant.",
    "We installed cameras on the Main Street bridge.",
    "The town will put up two traffic cameras at Fifth and Main.",
    "New red-light cameras go live on Monday.",
    "Lock your doors and windows.",
    "Call us if you see smoke.",
    "Call 911 if you see someone trying door handles.",
    "If you saw the crash, please call the desk.",
    "Witnesses are asked to call Sergeant Whitfield.",
    "Anyone with information is asked to call the desk.",
    "Send us your questions about the road works.",
    "Share this tip with your neighbors.",
    "Please share this update with anyone who has a dog.",
    "Register your bicycle with us for free.",
    "Register for the safety class by Friday.",
    "Check your smoke alarms this weekend.",
    "Check your tires and your lights before winter.",
    "Review your escape plan with your family.",
    "Keep your porch light on at night.",
    "Look at the new crosswalk at Elm Street.",
    "Watch the council meeting by live stream on our website.",
    "A video of the council meeting is on our website.",
    "Watch our video about smoke alarms.",
    "Our video shows how to use a fire extinguisher.",
    "We recorded a short video on how to clear a hydrant.",
    "We will never ask for your doorbell footage here.",
    "Do not send us footage: we cannot take it through Porchlight.",
    "You need not share your camera recordings with anybody.",
    "You do not have to give police your video without a warrant.",
    "We cannot accept video from residents.",
    "Our officers never ask residents for recordings.",
    "Please do not check your cameras for us: call if you saw something yourself.",
    "Share this video about smoke alarms with your neighbors.",
    "Residents with questions about our body cameras can call the desk.",
    "A scam caller offers free doorbell cameras: hang up.",
    "Cover your webcam when you do not use it.",
    "Change the password of your doorbell camera.",
    "Keep your camera's software up to date.",
    "Ring the bell at the side door after 6 p.m.",
    "Please ring us at 555 0100 with questions.",
    "The wedding ring found on Oak Lane is at the front desk.",
    "Clip your hedges so that drivers can see children.",
    "A paper clip jammed the parking meters, they are free today.",
    "The fire station's open house has music, food and a photo booth.",
    "Bring your children to meet the firefighters.",
    "Bring a flashlight and warm clothes.",
    "Need help? Call the desk.",
    "We are looking for volunteers for the parade.",
    "We are looking for a lost child's blue bicycle.",
    "Looking for a summer job? The pool needs life guards.",
    "The recording of the town meeting is in the library.",
    "County recorder's office closes at noon.",
    "Save the date: open house on May 30.",
    "Save water this summer.",
    "Provide your own chairs for the concert.",
    "The camera club meets in the library on Thursdays.",
    "The scanner at the library is out of order.",
    "Two suspects were arrested after an officer saw them run.",
    "Street lights on Oak Lane will be repaired on Monday.",
    "Revise sus detectores de humo este fin de semana.",
    "Cierre sus puertas y ventanas con llave.",
]


@pytest.mark.parametrize("text", ASKING)
def test_a_text_that_asks_is_held(text: str) -> None:
    assert find_requests("body", text), text


@pytest.mark.parametrize("text", ORDINARY)
def test_a_text_that_does_not_ask_goes_out(text: str) -> None:
    assert not find_requests("body", text), [span.words for span in find_requests("body", text)]


def test_both_lists_are_long_enough_to_mean_something() -> None:
    assert len(set(ASKING)) >= 25
    assert len(set(ORDINARY)) >= 25


HIDING = ["\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u034f", "\u3164", "\u2800", "\ufe0f"]
SPACES = [" ", "  ", "\u00a0", "\u2003", "\u3000", "\t", "\n", "\r\n", "\n\n", "\u2028", "\x0b"]


@given(st.sampled_from(ASKING), st.sampled_from(HIDING), st.integers(1, 5))
def test_invisible_characters_hide_nothing(text: str, sign: str, every: int) -> None:
    hidden = "".join(part + (sign if number % every == 0 else "") for number, part in enumerate(text))
    assert find_requests("body", hidden)


@given(st.sampled_from(ASKING), st.sampled_from(SPACES))
def test_odd_spaces_and_line_ends_hide_nothing(text: str, space: str) -> None:
    assert find_requests("body", text.replace(" ", space))


@given(st.sampled_from(ASKING), st.sampled_from([str.upper, str.lower, str.title]))
def test_capitals_hide_nothing(text: str, way: object) -> None:
    assert find_requests("body", way(text))  # type: ignore[operator]


@pytest.mark.parametrize(
    "text", ["Please ｃｈｅｃｋ your ｃａｍｅｒａｓ", "Send us your fóotàge", "Sénd us your vïdeo"]
)
def test_wide_letters_and_stray_accents_hide_nothing(text: str) -> None:
    assert find_requests("body", text)


@pytest.mark.parametrize("asking", ASKING)
def test_a_request_between_ordinary_sentences_is_found_where_it_stands(asking: str) -> None:
    for before, after in zip(ORDINARY, ORDINARY[1:] + ORDINARY[:1], strict=True):
        text = f"{before} {asking.rstrip('.!?')}. {after}"
        spans = find_requests("body", text)
        until = len(text) - len(after)
        assert any(span.end > len(before) and span.start < until for span in spans), text
        for span in spans:
            assert text[span.start : span.end] == span.words


@given(st.text(max_size=200))
def test_what_is_found_always_stands_in_the_text(text: str) -> None:
    for span in find_requests("title", text):
        assert text[span.start : span.end] == span.words
        assert span.field == "title"


def test_the_words_that_are_shown_are_those_that_asked() -> None:
    (span,) = find_requests("body", "Thank you all. Please che\u200bck your cameras from Tuesday. Stay warm.")
    assert span.words == "che\u200bck your cameras"


def test_a_long_text_is_read_quickly_enough_to_be_read_at_all() -> None:
    """Nothing in the rule grows faster than the text: this would not end otherwise."""
    for text in ("your camera " * 400, "send " * 1000 + "x", "\u200b" * 5000, "a" * 5000, "you have with " * 350):
        find_requests("body", text)


@pytest.mark.parametrize("field", ["title", "body", "place"])
def test_every_field_is_read(field: str) -> None:
    words = {"title": "News", "body": "All is well.", "place": "Town hall"} | {field: "Send us your video"}
    assert [found["field"] for found in findings(words, ())] == [field]
