"""A post about the police, or about anybody with power, is judged by the same rules whoever it praises or blames.

Each pair says the same about the same, once for and once against: the automatic rules have to give one answer to both.
"""

import inspect

from portal.bulletins import rules as agency_rules
from portal.moderation import rules
from tests import factories
from tests.helpers import Town
from tests.moderation.tools import crowd, decide, report, state_of
from tests.people import Cast

PAIRS = [
    ("The officers at the corner were kind and helped us.", "The officers at the corner were rude and mocked us."),
    ("The police did a good job at the protest.", "The police did a bad job at the protest."),
    ("Sergeant Whitfield deserves praise for last night.", "Sergeant Whitfield deserves blame for last night."),
    ("I trust the police with this.", "I do not trust the police with this."),
    ("More patrols on our street, please!", "No more patrols on our street, please!"),
    ("The raid next door was right.", "The raid next door was wrong."),
    ("Keep the cameras on the bridge.", "Take the cameras off the bridge."),
    ("The mayor's plan for the police is fair.", "The mayor's plan for the police is unfair."),
    ("I support the march on Saturday.", "I oppose the march on Saturday."),
    ("Los agentes fueron amables con mi vecina.", "Los agentes fueron groseros con mi vecina."),
    ("A tall man in a red coat thanked the officers.", "A tall man in a red coat shouted at the officers."),
]


def test_automatic_rules_give_both_sides_of_a_pair_one_answer(town: Town, cast: Cast) -> None:
    for praise, blame in PAIRS:
        posts = [factories.post(town, cast.rosa, text, category="suspicious") for text in (praise, blame)]
        assert posts[0].state == posts[1].state, praise
        found = [[span["reason"] for span in post.findings] for post in posts]
        assert found[0] == found[1], praise
        asked = [bool(agency_rules.find_requests("body", text)) for text in (praise, blame)]
        assert asked[0] == asked[1], praise
        held = [agency_rules.findings({"title": "A tip", "body": text}, ()) != [] for text in (praise, blame)]
        assert held[0] == held[1], praise


def test_the_crowd_hides_praise_as_it_hides_blame_and_a_moderator_brings_back_both(town: Town, cast: Cast) -> None:
    reporters = [cast.ben, *crowd(town, 2)]
    for text in PAIRS[0]:
        post = factories.post(town, cast.rosa, text)
        states = []
        for who in reporters:
            report(town, who, post)
            states.append(state_of(town, post))
        assert states == ["visible", "visible", "hidden"]
        decide(town, cast.mod, post, "leave", reason="It keeps to the rules.")
        assert state_of(town, post) == "visible"


def test_a_rule_cannot_be_cited_for_a_view() -> None:
    """No citable rule is about what somebody thinks, and what decides never sees a text."""
    assert set(rules.CITABLE) == {"R1", "R2", "R3", "R5", "R7"}
    for function in (rules.hides, rules.conflict, rules.check_decision, rules.stands, rules.outcomes):
        assert not {"text", "body", "words", "category"} & set(inspect.signature(function).parameters), function


def test_the_guidelines_say_so(town: Town) -> None:
    page = town.browser().get("/guidelines")
    assert "judged by the same rules whoever they praise or blame" in page.words
    assert page.soup.find("a", href="/moderation/log")
