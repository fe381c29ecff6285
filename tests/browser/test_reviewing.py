"""A reviewer at the page: keys alone, reloads, lost connections, two tabs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from goldbrief.core.review_criteria import CRITERIA

from .conftest import Console

pytestmark = pytest.mark.browser

SLIDERS = 10


def press(page: Any, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def wait_saved(page: Any) -> None:
    page.locator("#saved", has_text=re.compile(r"^Saved$")).wait_for()


def kept(console: Console, name: str, number: str) -> Any:
    return console.workplace.desk.sheet(number, name)


def test_a_pair_is_rated_with_keys_alone(console: Console, sign_in: Callable[..., Any]) -> None:
    console.share("ann", "ben")
    page = sign_in("ann")
    page.get_by_role("link", name="Begin").press("Enter")
    page.wait_for_url("**/review/*")
    number = page.url.rpartition("/")[2]
    page.locator("body").press("Tab")
    for _ in range(30):
        if page.evaluate("document.activeElement.type") == "checkbox":
            break
        press(page, "Tab")
    press(page, "ArrowDown", "Space", "Tab")
    for digit in "45345":
        press(page, digit)
    assert page.evaluate("document.activeElement.type") == "range", "on to the other summary"
    for digit in "22222":
        press(page, digit)
    assert page.evaluate("document.activeElement.name") == "preference"
    press(page, "Space", "Tab")
    page.keyboard.type("A has the right figures")
    press(page, "Control+Enter")
    page.wait_for_url(lambda url: "/review/" in url and number not in url)
    sheet = kept(console, "ann", number)
    assert sheet.assignment.state == "SUBMITTED"
    assert [sheet.rating.left.scores[name] for name in CRITERIA] == [4, 5, 3, 4, 5]
    assert set(sheet.rating.right.scores.values()) == {2}
    assert sheet.rating.left.wrong == (1,)
    assert sheet.rating.preference == "left"
    assert sheet.rating.comment == "A has the right figures"


def test_what_a_submission_lacks_is_said_beside_it(
    console: Console, sign_in: Callable[..., Any]
) -> None:
    console.share("ann", "ben")
    page = sign_in("ann")
    number = console.first("ann")
    page.goto(f"{console.url}/review/{number}")
    page.get_by_label("Comment").fill("words")
    page.get_by_role("button", name="Submit").click()
    page.get_by_role("alert").filter(has_text="Still to do: conciseness").wait_for()
    assert page.get_by_label("Comment").input_value() == "words"


def test_a_reload_in_the_middle_of_a_word_loses_nothing(
    console: Console, sign_in: Callable[..., Any]
) -> None:
    console.share("ann", "ben")
    page = sign_in("ann")
    number = console.first("ann")
    page.goto(f"{console.url}/review/{number}")
    page.get_by_label("Coherence").first.press("3")
    page.get_by_label("Comment").press_sequentially("half a wor")
    page.reload()
    assert page.get_by_label("Comment").input_value() == "half a wor"
    assert page.get_by_label("Coherence").first.input_value() == "3"
    wait_saved(page)
    assert kept(console, "ann", number).rating.comment == "half a wor"


def test_a_lost_connection_loses_nothing(console: Console, sign_in: Callable[..., Any]) -> None:
    console.share("ann", "ben")
    page = sign_in("ann")
    number = console.first("ann")
    page.goto(f"{console.url}/review/{number}")
    page.context.set_offline(True)
    page.get_by_label("Comment").fill("written on a train")
    page.get_by_text("Not saved yet: no connection").wait_for()
    page.context.set_offline(False)
    wait_saved(page)
    assert kept(console, "ann", number).rating.comment == "written on a train"


def test_of_two_tabs_the_second_is_asked(console: Console, sign_in: Callable[..., Any]) -> None:
    console.share("ann", "ben")
    one = sign_in("ann")
    number = console.first("ann")
    one.goto(f"{console.url}/review/{number}")
    other = one.context.new_page()
    other.goto(f"{console.url}/review/{number}")
    one.get_by_label("Comment").fill("from one")
    wait_saved(one)
    other.get_by_label("Comment").fill("from the other")
    other.get_by_role("alertdialog").wait_for()
    assert kept(console, "ann", number).rating.comment == "from one"
    other.get_by_role("button", name="Keep what is here").click()
    wait_saved(other)
    assert kept(console, "ann", number).rating.comment == "from the other"

    one.get_by_label("Comment").fill("too late")
    one.get_by_role("alertdialog").wait_for()
    one.get_by_role("button", name="Show the other one").click()
    one.wait_for_function("document.getElementById('comment').value === 'from the other'")


def test_a_void_link_in_the_middle_loses_nothing(
    console: Console, sign_in: Callable[..., Any]
) -> None:
    console.share("ann", "ben")
    page = sign_in("ann")
    number = console.first("ann")
    page.goto(f"{console.url}/review/{number}")
    page.context.clear_cookies()
    page.get_by_label("Comment").fill("after the session")
    page.get_by_text("You are not signed in any more").wait_for()
    page.goto(console.link("ann"))
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.goto(f"{console.url}/review/{number}")
    assert page.get_by_label("Comment").input_value() == "after the session"
    wait_saved(page)


def test_a_pair_is_rated_without_scripts(console: Console, sign_in: Callable[..., Any]) -> None:
    console.share("ann", "ben")
    page = sign_in("ann", java_script_enabled=False)
    number = console.first("ann")
    page.goto(f"{console.url}/review/{number}")
    sliders = page.locator("input[type=range]")
    assert sliders.count() == SLIDERS
    for slider in sliders.all():
        for _ in range(4):
            slider.press("ArrowRight")
    page.get_by_label("B is better").check()
    page.get_by_role("button", name="Submit").click()
    page.wait_for_url(lambda url: number not in url)
    assert kept(console, "ann", number).assignment.state == "SUBMITTED"


def test_an_article_of_fifty_thousand_words_stays_usable(
    console: Console, sign_in: Callable[..., Any]
) -> None:
    article = console.workplace.articles[0]
    sentence = "Revenue of the segment rose by 5% to $12 million in the year. "
    text = "\n\n".join([sentence * 10] * 420)
    assert len(text.split()) > 50_000
    key = f"articles/{article.sha256}.json"
    console.workplace.store.delete(key)
    console.workplace.store.put(
        key, article.model_copy(update={"text": text}).model_dump_json().encode()
    )
    console.share("ann", "ben")
    sheets = console.workplace.desk.sheets("ann")
    number = next(one.assignment.id for one in sheets if one.pair.article_sha256 == article.sha256)
    page = sign_in("ann")
    page.goto(f"{console.url}/review/{number}")
    page.get_by_role("region", name="Text of the article").press("End")
    page.get_by_label("Completeness").first.press("4")
    wait_saved(page)
    assert kept(console, "ann", number).rating.left.scores == {"completeness": 4}


def test_a_page_that_was_closed_midway_is_as_it_was_in_another_browser(
    console: Console, sign_in: Callable[..., Any]
) -> None:
    set_id = console.share("ann", "ben")
    page = sign_in("ann")
    number = console.first("ann")
    page.goto(f"{console.url}/review/{number}")
    page.get_by_label("Coherence").first.press("3")
    page.get_by_label("Comment").fill("half a th")
    wait_saved(page)
    page.close()

    again = sign_in("ann")
    again.get_by_role("link", name="Begin").click()
    again.wait_for_url("**/review/*")
    again.goto(f"{console.url}/review/{number}")
    assert again.get_by_label("Coherence").first.input_value() == "3"
    assert again.get_by_label("Comment").input_value() == "half a th"
    assert console.workplace.results.workloads(set_id)[0].submitted == 0


def test_who_gives_everything_five_is_remarked_on(
    console: Console, sign_in: Callable[..., Any]
) -> None:
    set_id = console.share("ann", "ben")
    page = sign_in("ann")
    page.get_by_role("link", name="Begin").click()
    for _ in range(3):
        page.wait_for_url("**/review/*")
        here = page.url
        for slider in page.locator("input[type=range]").all():
            slider.press("5")
        page.get_by_label("Equally good").check()
        page.get_by_role("button", name="Submit").click()
        page.wait_for_function("url => location.href !== url", arg=here)
    page.get_by_text("all done, thank you").wait_for()
    lead = sign_in("lea", "lead")
    lead.goto(f"{console.url}/lead/sets/{set_id}")
    lead.get_by_text("gives everything 5").wait_for()
