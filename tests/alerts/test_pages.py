"""The inbox and the settings, as their reader finds them."""

import pytest
from sqlalchemy import select

from portal.alerts import rules
from portal.alerts.models import AlertRule, DigestState, PushSubscription
from portal.db import Refusal
from tests import factories as make
from tests.alerts.tools import BrowserKeys, PushService, letters, notices, subscribe, tell, wish
from tests.helpers import Town, form_data
from tests.people import Cast, everybody


def mark(page) -> str:
    return page.soup.find(id="alerts-mark").get_text(" ", strip=True)


# — The inbox —


def test_an_empty_inbox_says_what_will_be_in_it(town: Town, cast: Cast) -> None:
    page = town.browser(cast.ben).get("/alerts")
    assert "Nothing new" in page.words and "Choose alerts" in page.words
    assert mark(page) == ""


def test_every_page_of_a_resident_says_how_much_is_unread(town: Town, cast: Cast) -> None:
    make.post(town, cast.rosa)
    tell(town)
    browser = town.browser(cast.ben)
    assert mark(browser.get("/account")) == "1 1 unread"
    assert town.browser(cast.officer).get("/account").soup.find(id="alerts-mark") is None


def test_opening_a_line_marks_it_as_read_and_leads_there(town: Town, cast: Cast) -> None:
    post = make.post(town, cast.rosa)
    tell(town)
    browser = town.browser(cast.ben)
    (notice,) = notices(town, cast.ben)
    assert browser.post(f"/alerts/{notice.id}/read", {"open": "1"}).location == f"/posts/{post.id}"
    page = browser.get("/alerts")
    assert mark(page) == "" and "Unread" not in page.words
    assert page.soup.find("a", class_="inbox__open")["href"] == f"/posts/{post.id}"


def test_all_are_marked_at_once_but_for_what_came_since(town: Town, cast: Cast) -> None:
    for _ in range(2):
        make.post(town, cast.rosa)
    tell(town)
    browser = town.browser(cast.ben)
    form = browser.get("/alerts").soup.find("form", action="/alerts/read")
    upto = form.find("input", {"name": "upto"})["value"]
    make.post(town, cast.rosa)
    tell(town)
    browser.post("/alerts/read", {"upto": upto})
    assert mark(browser.get("/alerts")) == "1 1 unread"
    browser.post("/alerts/read", {"upto": "9" * 30})
    assert mark(browser.get("/alerts")) == "1 1 unread", "no number"


def test_a_long_inbox_comes_in_pages(town: Town, cast: Cast) -> None:
    for _ in range(35):
        make.post(town, cast.rosa)
    tell(town)
    browser = town.browser(cast.ben)
    first = browser.get("/alerts")
    assert len(first.soup.find_all("li", class_="inbox__line")) == 30
    more = first.soup.find("a", rel="next")["href"]
    make.post(town, cast.rosa)
    tell(town)
    rest = browser.get(more, htmx=True)
    assert len(rest.soup.find_all("li", class_="inbox__line")) == 5, "what came meanwhile pushes nothing over"
    assert "<html" not in rest.text and "<html" in browser.get(more).text
    assert browser.get("/alerts?before=forged").status == 400


def test_an_open_page_hears_what_is_new_and_nothing_else(town: Town, cast: Cast) -> None:
    browser = town.browser(cast.ben)
    ask = browser.get("/alerts").soup.find(id="alerts-mark")["hx-get"]
    assert browser.get(ask, htmx=True).status == 204
    make.post(town, cast.rosa)
    tell(town)
    news = browser.get(ask, htmx=True)
    assert news.status == 200 and mark(news) == "1 1 unread"
    assert "New near you: Safety" in news.soup.find(id="arrivals").get_text(" ")
    again = news.soup.find(id="alerts-mark")["hx-get"]
    assert browser.get(again, htmx=True).status == 204
    elsewhere = browser.get("/alerts/live?after=0&unread=0", htmx=True)
    assert elsewhere.soup.find(id="arrivals") is None, "a page that is not the inbox gets the count alone"
    browser.post("/alerts/read", {"upto": str(notices(town, cast.ben)[0].seq)})
    assert mark(browser.get(again, htmx=True)) == "", "read in another window"


def test_a_page_whose_session_has_ended_goes_on_standing(town: Town) -> None:
    answer = town.browser().get("/alerts/live?after=0&unread=0", htmx=True)
    assert answer.status == 204 and "HX-Redirect" not in answer.response.headers


@pytest.mark.parametrize("query", ["after=x", "after=-1", "after=" + "9" * 40, "unread=x", ""])
def test_a_cursor_that_is_no_number_counts_as_none(town: Town, cast: Cast, query: str) -> None:
    make.post(town, cast.rosa)
    tell(town)
    assert town.browser(cast.ben).get(f"/alerts/live?{query}", htmx=True).status == 200


def test_showing_many_lines_takes_no_more_statements_than_showing_few(town: Town, cast: Cast) -> None:
    from sqlalchemy import event

    def statements() -> int:
        seen: list[str] = []
        engine = town.here.database.engine
        listen = lambda *args: seen.append(args[2])  # noqa: E731
        event.listen(engine, "before_cursor_execute", listen)
        browser.get("/alerts")
        event.remove(engine, "before_cursor_execute", listen)
        return len(seen)

    browser = town.browser(cast.ben)
    own = make.post(town, cast.ben)
    make.post(town, cast.rosa)
    make.comment(town, cast.rosa, own)
    tell(town)
    few = statements()
    for _ in range(8):
        make.post(town, cast.rosa)
        make.comment(town, cast.rosa, own)
    tell(town)
    assert statements() == few


# — Settings —


NO_HOURS = {"quiet_from": "", "quiet_until": ""}  # as a browser sends them


def own_rules(town: Town, account) -> list[AlertRule]:
    with town.reading() as act:
        query = select(AlertRule).where(AlertRule.account_id == account.id).order_by(AlertRule.made_at)
        return list(act.session.scalars(query))


def test_a_wish_is_added_changed_and_removed(town: Town, cast: Cast) -> None:
    browser = town.browser(cast.ben)
    sent = {"miles": "2.0", "category": "pet", "by_mail": "y", "in_digest": "y"}
    sent |= {"quiet_from": "22:00", "quiet_until": "07:00"}
    assert browser.post("/alerts/rules/new?about=posts", sent).location == "/alerts/settings"
    page = browser.get("/alerts/settings")
    assert "Lost & found pet within 2 miles of home" in page.words and "quiet 22:00 to 07:00" in page.words
    rule = next(rule for rule in own_rules(town, cast.ben) if rule.category == "pet")
    edit = browser.get(f"/alerts/rules/{rule.id}/edit")
    assert form_data(edit) is not None
    assert edit.soup.find("input", {"name": "quiet_from"})["value"] == "22:00"
    assert edit.soup.find("input", {"name": "by_mail"}).has_attr("checked")
    browser.post(f"/alerts/rules/{rule.id}/edit", {"miles": "5.0", "category": "", "by_push": "y"} | NO_HOURS)
    changed = next(one for one in own_rules(town, cast.ben) if one.id == rule.id)
    assert (changed.miles, changed.category, changed.by_mail, changed.by_push) == (5.0, None, False, True)
    assert changed.quiet_from == changed.quiet_until, "no quiet hours any more"
    browser.post(f"/alerts/rules/{rule.id}/remove")
    assert rule.id not in {one.id for one in own_rules(town, cast.ben)}


def test_doorbells_and_answers_have_wishes_of_their_own(town: Town, cast: Cast) -> None:
    browser = town.browser(cast.ben)
    data = {"kinds": "package", "by_push": "y"}
    assert browser.post("/alerts/rules/new?about=devices", data).status == 303
    assert browser.post("/alerts/rules/new?about=answers", {"by_mail": "y"}).status == 303
    words = browser.get("/alerts/settings").words
    assert "A package" in words and "Comments on what you wrote" in words
    assert browser.get("/alerts/rules/new?about=nothing").status == 404


@pytest.mark.parametrize(
    ("about", "data", "says"),
    [
        ("posts", {"miles": "3.0", "category": ""}, "Not a valid choice"),
        ("posts", {"miles": "0.5", "category": "people"}, "Not a valid choice"),
        ("posts", {"miles": "0.5", "category": "", "quiet_from": "22:00"}, "Give both times"),
        ("devices", {"by_mail": "y"}, "Choose at least one"),
        ("devices", {"kinds": "face"}, "not"),
        ("answers", {"quiet_from": "noon", "quiet_until": "07:00"}, "Not a valid time"),
    ],
)
def test_a_wish_that_cannot_be_comes_back_with_words(
    town: Town, cast: Cast, about: str, data: dict[str, str], says: str
) -> None:
    page = town.browser(cast.ben).post(f"/alerts/rules/new?about={about}", data)
    assert page.status == 422 and says in page.words
    assert own_rules(town, cast.ben) == []


def test_there_is_an_end_to_wishes(town: Town, cast: Cast) -> None:
    for _ in range(rules.MOST_RULES - 2):
        wish(town, cast.ben)
    page = town.browser(cast.ben).post("/alerts/rules/new?about=answers", {})
    assert page.status == 422 and "You have 20 alerts already" in page.words
    with pytest.raises(Refusal, match="too-many-rules"):
        wish(town, cast.ben)


def test_nobody_reaches_anothers_wishes(town: Town, cast: Cast) -> None:
    rule = wish(town, cast.ben)
    rosa = town.browser(cast.rosa)
    assert rosa.get(f"/alerts/rules/{rule}/edit").status == 404
    assert rosa.post(f"/alerts/rules/{rule}/edit", {"miles": "0.5", "category": ""}).status == 404
    assert rosa.post(f"/alerts/rules/{rule}/remove").status == 404


def test_the_hour_of_the_digest_is_chosen_from_a_list(town: Town, cast: Cast) -> None:
    browser = town.browser(cast.ben)
    for hour, kept in (("7", 7), ("24", 7), ("x", 7), ("0", 0)):
        browser.post("/alerts/digest", {"hour": hour})
        with town.reading() as act:
            assert act.session.get_one(DigestState, cast.ben.id).hour == kept


def test_a_trial_letter_comes_at_once_and_says_that_it_is_one(town: Town, cast: Cast) -> None:
    browser = town.browser(cast.ben)
    browser.post("/alerts/trial", {"channel": "mail"})
    town.work()
    (letter,) = letters(town, cast.ben)
    assert "This is how an alert looks" in letter
    browser.post("/alerts/trial", {"channel": "push"})
    assert "Switch push on in a browser first" in browser.get("/alerts/settings").words
    assert browser.post("/alerts/trial", {"channel": "fax"}).status == 400


def test_a_home_that_is_not_on_the_map_is_said(town: Town) -> None:
    from portal.accounts import service as accounts

    make.street(town)
    with town.acting() as act:
        household = accounts.add_household(act, "9 Nowhere")
        act.session.flush()
    nia = make.resident(town, "Nia", household_id=household.id)
    assert "Your home is not on the map yet" in town.browser(nia).get("/alerts/settings").words


# — Browsers —


def test_a_browser_is_added_tried_and_removed(push_town: Town, pushes: PushService) -> None:
    cast, keys = everybody(push_town), BrowserKeys()
    browser = push_town.browser(cast.ben)
    data = {"endpoint": pushes.endpoint(), "p256dh": keys.p256dh, "auth": keys.auth}
    browser.post("/alerts/browsers", data)
    page = browser.get("/alerts/settings")
    assert "Push is on in this browser" in page.words and "A browser at localhost" in page.words
    browser.post("/alerts/trial", {"channel": "push"})
    push_town.work()
    assert b"This is how an alert looks" in keys.open(pushes.got[0][2])
    with push_town.reading() as act:
        (row,) = act.session.scalars(select(PushSubscription))
    assert push_town.browser(cast.rosa).post(f"/alerts/browsers/{row.id}/remove").status == 404
    browser.post(f"/alerts/browsers/{row.id}/remove")
    assert "A browser at" not in browser.get("/alerts/settings").words


def test_a_browser_that_somebody_else_used_changes_hands(push_town: Town, pushes: PushService) -> None:
    cast, keys = everybody(push_town), BrowserKeys()
    for account in (cast.rosa, cast.ben):
        subscribe(push_town, account, pushes, keys)
    with push_town.reading() as act:
        assert [row.account_id for row in act.session.scalars(select(PushSubscription))] == [cast.ben.id]


def test_a_push_service_that_nobody_knows_is_refused_with_words(town: Town, cast: Cast) -> None:
    browser, keys = town.browser(cast.ben), BrowserKeys()
    for endpoint, p256dh, says in (
        ("https://127.0.0.1/x", keys.p256dh, "does not send to"),
        ("https://fcm.googleapis.com/x", "nonsense", "cannot be read"),
    ):
        browser.post("/alerts/browsers", {"endpoint": endpoint, "p256dh": p256dh, "auth": keys.auth})
        assert says in browser.get("/alerts/settings").words
    with town.reading() as act:
        assert act.session.scalars(select(PushSubscription)).all() == []


def test_there_is_an_end_to_browsers(push_town: Town, pushes: PushService) -> None:
    cast = everybody(push_town)
    for count in range(rules.MOST_BROWSERS):
        subscribe(push_town, cast.ben, pushes, BrowserKeys(), str(count))
    keys = BrowserKeys()
    browser = push_town.browser(cast.ben)
    data = {"endpoint": pushes.endpoint("one-more"), "p256dh": keys.p256dh, "auth": keys.auth}
    browser.post("/alerts/browsers", data)
    assert "You have 10 browsers here already" in browser.get("/alerts/settings").words


def test_the_service_worker_serves_the_whole_site_and_is_asked_for_anew(town: Town) -> None:
    answer = town.app.test_client().get("/service-worker.js")
    assert answer.status_code == 200
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "connect-src 'self'" in answer.headers["Content-Security-Policy"]
    assert b'addEventListener("push"' in answer.data
