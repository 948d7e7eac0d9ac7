"""The page in a real browser: what it finds, plans, tells of earlier days, and lets be changed; on a phone, and by axe."""

import importlib.util
import pathlib

import pytest
from programs import clock
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from test_finding import STAGES, running, shop  # noqa: F401
from test_page import Browser, browser  # noqa: F401

PHONE = (390, 844)
# What a finger could miss.
SMALL = """
    return [...document.querySelectorAll('button, textarea, input, select, a')]
        .filter(e => e.offsetParent && !e.matches('.unseen') && getComputedStyle(e).pointerEvents !== 'none' && getComputedStyle(e).visibility === 'visible')
        .map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()]).filter(([, box]) => box.width < 44 || box.height < 44).map(([what, box]) => [what, box.width, box.height])"""


def axe():
    """The text of axe-core, which comes with a package for another driver of browsers."""
    return (pathlib.Path(importlib.util.find_spec("axe_playwright_python").origin).parent / "axe.min.js").read_text()


@pytest.fixture
def phone():
    one = Browser()
    one.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": PHONE[0], "height": PHONE[1], "deviceScaleFactor": 2, "mobile": True})
    yield one
    one.driver.quit()


def type_in(browser, text):
    box = browser.driver.find_element(By.ID, "refs")
    box.clear()
    box.send_keys(text, Keys.ENTER)


def test_a_word_is_searched_for_a_hit_is_planned_and_added(shop, browser):  # noqa: F811
    browser.open(shop.url)
    # An empty queue offers what the catalogs have.
    browser.wait(lambda: len(browser.find("#examples .hit")) == 3)
    browser.shot("empty")
    type_in(browser, "blue train")
    browser.wait(lambda: browser.text("#found-said").startswith("6 found for “blue train”"))
    assert browser.run("return [...document.querySelectorAll('#found h2')].map(h => h.textContent)") == ["Tracks", "Albums", "Playlists"]
    browser.shot("found")
    browser.run("[...document.querySelectorAll('#found .hit')].find(h => h.textContent.includes('shop:playlist:1')).click()")
    browser.wait(lambda: browser.text("#plan-said") == "1 to fetch, 1.5 MB")
    assert browser.text("#plan-title") == "List of 1" and browser.text("#plan-lines li span") == "Artist / Title 0.mp3"
    browser.shot("plan")
    assert shop.get("/v1/items")["items"] == []
    browser.click("#plan-add")
    browser.wait(lambda: browser.text("#said") == "1 added" and shop.item("shop:playlist:1").get("members") == {"running": 1})
    browser.wait(lambda: not browser.find("#found:not([hidden])") and browser.find(browser.row("shop:playlist:1")))
    assert browser.complaints == []


def test_nothing_is_said_to_be_there_only_once_the_server_has_said_so(shop):
    """And no catalog is asked for examples meanwhile."""
    shop.add("shop:track:1")
    shop.wait(lambda: len(shop.get("/v1/items")["items"]) == 1)
    slow = Browser()
    slow.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": """
        const real = window.fetch;
        window.asked = [];
        window.fetch = async (url, ...more) => {
          window.asked.push(String(url));
          if (String(url).includes("v1/items")) {
            await new Promise(done => setTimeout(done, 2000));
            window.saidMeanwhile = !document.getElementById("empty").hidden;
          }
          return real(url, ...more);
        };"""})
    try:
        slow.open(shop.url)
        slow.wait(lambda: slow.find(slow.row("shop:track:1")))
        assert slow.run("return window.saidMeanwhile") is False
        asked = slow.run("return window.asked")
        assert any("v1/sources" in url for url in asked) and not any("v1/search" in url for url in asked)
    finally:
        slow.driver.quit()


def test_a_link_is_previewed_and_what_is_asked_no_more_ends(shop, browser):  # noqa: F811
    browser.open(shop.url)
    browser.wait(lambda: len(browser.find("#examples .hit")) == 3)
    (shop.folder / "slow").touch()
    browser.driver.find_element(By.ID, "refs").send_keys("shop:playlist:2")
    browser.click("#preview")
    shop.wait(lambda: running(shop.folder))
    browser.click("#plan [value=close]")
    shop.wait(lambda: not running(shop.folder))
    (shop.folder / "slow").unlink()
    browser.click("#preview")
    browser.wait(lambda: browser.text("#plan-said") == "2 to fetch, 3.0 MB")
    browser.click("#plan [value=close]")
    assert shop.get("/v1/items")["items"] == []


def test_what_moves_stands_on_top_with_the_pace_of_its_list(served, browser):  # noqa: F811
    served.gate()
    browser.open(served.url)
    browser.add("c:playlist:3")
    browser.wait(lambda: len(browser.find("#moving .moving")) == 2 and "/s" in browser.text("#moving .told"))
    browser.wait(lambda: "/s" in (browser.text(browser.row("c:playlist:3") + " .pace") or ""))
    assert browser.text(browser.row("c:playlist:3") + " .pace").startswith("0 %, ")
    browser.shot("now")
    for n in range(3):
        served.open(n)
    browser.wait(lambda: browser.state("c:playlist:3") == "done" and not browser.find("#now:not([hidden])"))


def test_failures_stand_by_their_reason_and_are_tried_again_together(served, browser):  # noqa: F811
    served.gate()
    for n in range(6):
        served.open(n, ["", "the key is missing", "it is broken"][n % 3])
    served.add("c:playlist:6")
    served.wait(lambda: served.stats()["failed"] == 4)
    browser.open(served.url)
    browser.click('#filters [data-filter="failed"]')
    names = lambda: [r[0] for r in browser.rows]
    # The stage told one code for both: they are one group, with the words of one of them.
    browser.wait(lambda: len(names()) == 5 and names()[0].startswith("4 × work: ") and names()[1:] == [f"Artist – Title {n}" for n in (1, 2, 4, 5)])
    browser.shot("reasons")
    browser.click(browser.row("c:track:1") + " .reason")
    browser.wait(lambda: browser.find("#details[open]"))
    shown = browser.run("return [...document.querySelectorAll('#details form button')].filter(b => !b.hidden).map(b => b.textContent)")
    assert shown == ["Retry", "Remove from the list", "Copy", "Close"]
    browser.click("#details-copy")
    browser.wait(lambda: browser.text("#said") == "Copied.")
    browser.click("#details [value=close]")
    for n in range(6):
        served.open(n)
    browser.run("[...document.querySelectorAll('.row.group button')].find(b => b.textContent === 'Retry').click()")
    browser.wait(lambda: served.stats()["failed"] == 0 and served.stats()["done"] == 7)
    browser.wait(lambda: browser.rows == [])


def test_what_many_were_told_is_taken_back(served, browser):  # noqa: F811
    served.gate()
    browser.open(served.url)
    browser.add("c:playlist:5")
    browser.wait(lambda: browser.text("#total-running") == "2")
    browser.click('#verbs [data-verb="pause"]')
    browser.wait(lambda: "paused" in browser.text("#said") and served.stats()["paused"] == 5)
    browser.click("#said button")
    browser.wait(lambda: served.stats()["paused"] == 0)
    browser.wait(lambda: browser.find(browser.row("c:playlist:5")))
    browser.click(browser.row("c:playlist:5") + " [data-act=cancel]")
    browser.agree("Cancel List of 5 with 5 items?")
    browser.wait(lambda: served.item("c:playlist:5")["state"] == "cancelled")


def test_a_list_is_followed_asked_for_shown_and_left(shop, browser):  # noqa: F811
    for n in range(9):
        (shop.folder / f"gates/{n}").touch()
    browser.open(shop.url)
    browser.click('#tabs [data-page="followed"]')
    browser.wait(lambda: browser.find("#follows-none:not([hidden])"))
    browser.driver.find_element(By.ID, "follow-ref").send_keys("shop:playlist:3", Keys.ENTER)
    browser.wait(lambda: "is followed" in browser.text("#said") and len(browser.find("#follows tbody tr")) == 1)
    assert [f["every_s"] for f in shop.get("/v1/follows")["follows"]] == [21600]
    browser.run("document.activeElement.blur()")
    # The driver asks for a new one at once; the page sees it by itself.
    browser.wait(lambda: "changed" in (browser.text("#follows tbody td:nth-child(4)") or "") and "3 new" in browser.text("#follows tbody td:nth-child(5)"), 40)
    browser.shot("followed")
    browser.click("#follows tbody td:nth-child(5) button")
    browser.wait(lambda: browser.run("return [...document.querySelectorAll('#changes-list li')].map(l => l.textContent)") == ["Title 0", "Title 1", "Title 2"])
    browser.click("#changes [value=close]")
    browser.run("[...document.querySelectorAll('#follows button')].find(b => b.textContent === 'Unfollow').click()")
    browser.agree("Follow List of 3 no longer?")
    browser.wait(lambda: browser.find("#follows-none:not([hidden])") and shop.get("/v1/follows")["follows"] == [])
    assert browser.complaints == []


def test_replicas_and_limits_are_changed_and_rows_are_made_compact(served, browser):  # noqa: F811
    browser.open(served.url)
    browser.click('#tabs [data-page="settings"]')
    browser.wait(lambda: len(browser.find("#stages tbody tr")) == 2)
    replicas = browser.driver.find_element(By.CSS_SELECTOR, '#stages [aria-label="replicas of work"]')
    replicas.clear()
    replicas.send_keys("5", Keys.TAB)
    browser.wait(lambda: browser.text("#said") == "work has 5 replicas")
    served.wait(lambda: [s["replicas"] for s in served.get("/v1/stages")["stages"]] == [1, 5])
    for label, text in (("host", "media.example"), ("requests at once, a further host", "2"), ("bytes a second, a further host", "1.5 MB")):
        browser.driver.find_element(By.CSS_SELECTOR, f'#hosts [aria-label="{label}"]').send_keys(text)
    browser.click('#hosts [aria-label="add the limits of a further host"]')
    served.wait(lambda: served.get("/v1/hosts")["limits"] == [{"host": "media.example", "parallel": 2, "bytes": 1_500_000}])
    browser.wait(lambda: len(browser.find("#hosts tbody tr")) == 2)
    browser.shot("settings")
    speed = browser.driver.find_element(By.CSS_SELECTOR, '#hosts [aria-label="bytes a second, media.example"]')
    assert speed.get_attribute("value") == "1.5 MB"
    speed.clear()
    speed.send_keys("much")
    browser.click('#hosts [aria-label="save the limits of media.example"]')
    browser.wait(lambda: "2 MB or 500 kB" in browser.text("#said"))
    browser.click('#hosts [aria-label="remove the limits of media.example"]')
    served.wait(lambda: served.get("/v1/hosts")["limits"] == [])
    browser.click("#compact")
    height = lambda: browser.run("return parseFloat(getComputedStyle(document.body).getPropertyValue('--row'))")
    assert height() == 34
    browser.open(served.url)
    assert height() == 34
    browser.run("localStorage.clear()")
    assert browser.complaints == []


def test_the_schedule_of_limits_is_shown_and_changed(serve, browser):  # noqa: F811
    served = serve(bytes="2MB/s", schedule={"23:00-07:00": {"bytes": "unlimited"}, "09:00-17:00": {"bytes": "500kB/s", "hosts": {"media.example": {"parallel": 1}}}})
    served.environment["TZ"] = clock(12, 0, 0)
    browser.open(served.start().url)
    browser.click('#tabs [data-page="settings"]')
    rows = lambda: browser.run("return [...document.querySelectorAll('#schedule tbody tr')].map(row => [...row.cells].slice(0, 6).map(cell => cell.querySelector('input')?.value ?? cell.textContent))")
    night, all_, one, new = ["23:00-07:00", "+", "", "", "", ""], ["09:00-17:00in force", "+", "", "", "500 kB", ""], ["09:00-17:00in force", "media.example", "1", "", "", ""], [""] * 6
    browser.wait(lambda: rows() == [night, one, all_, new])
    browser.shot("schedule")
    field = lambda label: browser.driver.find_element(By.CSS_SELECTOR, f'#schedule [aria-label="{label}"]')
    for label, text in (("time of the day", "11:00-13:00"), ("host at that time", "+"), ("bytes a second, a further time", "1 MB")):
        field(label).send_keys(text)
    browser.click('#schedule [aria-label="add the limits of a further time"]')
    browser.wait(lambda: browser.text("#said") == "+ has limits of its own at 11:00-13:00" and rows()[3] == ["11:00-13:00in force", "+", "", "", "1.0 MB", ""])
    # What it changes now stands among the limits, too.
    browser.wait(lambda: browser.run("return document.querySelector('#hosts [aria-label=\"bytes a second, +\"]').value") == "1.0 MB")
    field("requests at once, media.example at 09:00-17:00").clear()
    field("requests at once, media.example at 09:00-17:00").send_keys("3")
    browser.click('#schedule [aria-label="save the limits of media.example at 09:00-17:00"]')
    browser.wait(lambda: rows()[1][2] == "3" and served.get("/v1/schedule")["periods"][1]["limits"][0]["parallel"] == 3)
    browser.click('#schedule [aria-label="remove the limits of + at 09:00-17:00"]')
    browser.wait(lambda: [row[:2] for row in rows()] == [night[:2], one[:2], ["11:00-13:00in force", "+"], ["", ""]])
    field("time of the day").send_keys("noon")
    field("host at that time").send_keys("x")
    browser.click('#schedule [aria-label="add the limits of a further time"]')
    browser.wait(lambda: "23:00-07:00" in browser.text("#said"))
    assert [period["time"] for period in served.get("/v1/schedule")["periods"]] == ["23:00-07:00", "09:00-17:00", "11:00-13:00"]


def test_days_are_shown_as_pictures_and_as_a_table(served, browser):  # noqa: F811
    served.gate()
    for n in range(6):
        served.open(n, "it is broken" if n == 4 else "")
    served.add("c:playlist:6")
    served.wait(lambda: served.stats()["failed"] == 1 and served.stats()["done"] == 6)
    browser.open(served.url)
    browser.click('#tabs [data-page="history"]')
    browser.wait(lambda: len(browser.find("#charts figure svg")) == 2)
    assert browser.run("return document.querySelector('#charts svg').getAttribute('aria-label')") == "Tracks done, and failed: 6 in 30 days, at most 6 on one"
    assert len(browser.find("#charts rect.good")) == len(browser.find("#charts rect.bad")) == 1
    assert browser.run("return [...document.querySelectorAll('#sums dd')].map(d => d.textContent)") == ["5", "0 B", "0", "1 (1 permanent)", "83.3 %"]
    assert browser.run("return [...document.querySelectorAll('#newest .name')].map(n => n.textContent)") == [f"Artist – Title {n}" for n in (5, 3, 2, 1, 0)]
    assert browser.run("return [...document.querySelectorAll('#charts td')].map(n => n.textContent)")[1:] == ["5", "0 B", "0", "1 (1 permanent)"]
    browser.shot("history")
    assert browser.complaints == []


def test_on_a_phone_the_first_row_is_near_the_top_and_targets_are_large(served, phone):
    top = lambda selector: phone.run("return document.querySelector(arguments[0]).getBoundingClientRect().top", selector)
    served.gate()
    for n in range(28):
        served.open(n, "the server has no such file" if n == 2 else "")
    served.add("c:playlist:30")
    served.wait(lambda: served.stats()["failed"] == 1)
    phone.open(served.url)
    phone.wait(lambda: len(phone.find("#moving .moving")) == 2)
    phone.shot("phone-now")
    assert top("#moving .moving") <= 160
    served.open(28), served.open(29)
    phone.wait(lambda: len(phone.rows) == 4 and not phone.find("#now:not([hidden])"))
    phone.shot("phone-rows")
    assert phone.run("return innerWidth") == PHONE[0] and phone.run("return document.documentElement.scrollWidth <= innerWidth")
    assert top(".row") <= 160
    assert phone.run(SMALL) == []
    phone.click("#more")
    phone.wait(lambda: phone.run("return document.querySelector('#verbs button').offsetParent !== null"))
    assert [entry for entry in phone.run(SMALL) if "checkbox" not in entry[0]] == []
    phone.click("#more")
    phone.run("document.querySelector('.row[data-id=\"c:playlist:30\"] .text').click()")
    phone.wait(lambda: len(phone.rows) > 10)
    phone.run("document.querySelector('.row[data-id=\"c:track:2\"] .text').click()")
    phone.wait(lambda: phone.find("#details[open]"))
    phone.shot("phone-details")


def touch(phone, kind, selector):
    """A finger comes down in the middle of an element, or leaves it."""
    x, y = phone.run("const box = document.querySelector(arguments[0]).getBoundingClientRect(); return [box.left + box.width / 2, box.top + box.height / 2]", selector)
    phone.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}] if kind == "touchStart" else []})


def tap(phone, selector):
    touch(phone, "touchStart", selector), touch(phone, "touchEnd", selector)


def violations(browser):
    return browser.driver.execute_async_script(
        axe() + "; const done = arguments[0]; axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}).then(r => done(r.violations.map(v => [v.id, v.nodes.map(n => n.html.slice(0, 160) + ' ' + n.failureSummary)])), e => done([String(e)]))")


def test_several_rows_are_chosen_on_a_phone_steered_and_taken_back(served, phone):
    phone.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
    served.gate()
    phone.open(served.url)
    phone.add("\n".join(f"c:track:{n}" for n in range(10, 22)))
    # No row moves any more.
    phone.wait(lambda: len(phone.rows) >= 5 and len(phone.find("#moving .moving")) == 2)
    row = lambda n: phone.row(f"c:track:{n}")
    shown = lambda: phone.run("return [...document.querySelectorAll('#verbs button')].filter(b => b.offsetParent).map(b => b.textContent)")
    # A finger that stays on a row chooses it, and does nothing else when it leaves.
    touch(phone, "touchStart", row(12) + " .text")
    phone.wait(lambda: phone.text("#chosen") == "1 selected")
    touch(phone, "touchEnd", row(12) + " .text")
    for n in (13, 14):
        tap(phone, row(n) + " .text")
        phone.wait(lambda: phone.text("#chosen") == f"{n - 11} selected")
    assert not phone.find("dialog[open]")
    tap(phone, row(14) + " .choice")
    phone.wait(lambda: phone.text("#chosen") == "2 selected")
    phone.shot("phone-choosing")
    assert phone.run(SMALL) == [] and violations(phone) == []
    assert phone.run("return document.documentElement.scrollWidth <= innerWidth")
    tap(phone, '#verbs [data-verb="pause"]')
    phone.wait(lambda: phone.state("c:track:12") == phone.state("c:track:13") == "paused" and served.stats()["paused"] == 2 and not phone.find("body.choosing"))
    phone.shot("phone-undo")
    # The button stays where it is while others come and go beside it.
    place = lambda: phone.run("const button = document.querySelector('#choose').getBoundingClientRect(), all = document.querySelector('#verbs').getBoundingClientRect(); return [button.left - all.left, button.top - all.top]")
    tap(phone, "#more")
    phone.wait(lambda: phone.find("body.acting") and "Resume all" in shown())
    before = place()
    tap(phone, "#more")
    phone.wait(lambda: not phone.find("body.acting"))
    tap(phone, "#said button")
    phone.wait(lambda: served.stats()["paused"] == 0 and phone.text("#said").startswith("2 items resumed"))
    # By the button, and left again.
    tap(phone, "#more")
    phone.wait(lambda: phone.find("body.acting") and "Resume all" not in shown())
    assert place() == before
    tap(phone, "#choose")
    phone.wait(lambda: phone.find("body.choosing") and phone.text("#choose") == "Done")
    assert shown() == ["Done"]
    tap(phone, row(15) + " .text")
    phone.wait(lambda: shown() == ["Done", "Pause", "Resume", "Retry", "Cancel"])
    tap(phone, '#verbs [data-verb="cancel"]')
    phone.wait(lambda: served.stats()["cancelled"] == 1 and not phone.find("body.choosing"))
    tap(phone, "#more")
    phone.wait(lambda: phone.find("body.acting"))
    tap(phone, "#choose")
    phone.wait(lambda: phone.find("body.choosing"))
    tap(phone, row(16) + " .text")
    phone.wait(lambda: phone.text("#chosen") == "1 selected")
    tap(phone, "#choose")
    phone.wait(lambda: not phone.find("body.choosing") and not phone.find("#chosen:not([hidden])"))
    # A tap does as before what a tap does.
    tap(phone, row(16) + " .cover")
    phone.wait(lambda: phone.find("#details[open]"))
    assert phone.complaints == []


LOOKS = {"light": [], "dark": ["--blink-settings=preferredColorScheme=0"], "phone": []}


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_and_controls_stand_out(shop, look):  # noqa: F811
    one = Browser(1280, 800, *LOOKS[look])
    try:
        if look == "phone":
            one.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": PHONE[0], "height": PHONE[1], "deviceScaleFactor": 2, "mobile": True})
        one.open(shop.url)
        one.wait(lambda: len(one.find("#examples .hit")) == 3)

        def check(what):
            found = violations(one)
            one.shot(f"axe-{look}-{what}")
            assert found == [], what

        check("empty")
        type_in(one, "word")
        one.wait(lambda: one.text("#found-said").startswith("6 found"))
        check("found")
        one.click("#found-close")
        (shop.folder / "gates/1").write_text("it is broken")
        shop.add("shop:playlist:4")
        one.wait(lambda: one.text("#total-failed") == "1" and len(one.find("#moving .moving")) == 2)
        check("queue")
        one.click('#filters [data-filter="failed"]')
        one.wait(lambda: one.find(".row.group"))
        check("failed")
        one.run("document.querySelector('.row[data-id] .reason').click()")
        one.wait(lambda: one.find("#details[open]"))
        check("details")
        assert shop.ask("POST", "/v1/follows", {"ref": "shop:playlist:2"}).status == 201
        one.click("#details [value=close]")
        for page, ready in (("followed", "#follows tbody tr"), ("history", "#charts svg"), ("settings", "#stages tbody tr")):
            one.click(f'#tabs [data-page="{page}"]')
            one.wait(lambda: one.find(ready))
            check(page)
        # axe does not look at the lines around controls.
        low = one.run("""
            const parts = color => color.match(/[\\d.]+/g).slice(0, 3).map(Number);
            const light = color => parts(color).map(v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }).reduce((n, v, i) => n + v * [0.2126, 0.7152, 0.0722][i], 0);
            const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((m, n) => n - m); return (x + 0.05) / (y + 0.05); };
            const back = getComputedStyle(document.body).backgroundColor;
            return [...document.querySelectorAll('#add button, #refs, #settings input:not([type=checkbox])')].filter(e => e.offsetParent)
                .map(e => [e.id || e.textContent || e.ariaLabel, ratio(getComputedStyle(e).borderTopColor, back), ratio(getComputedStyle(e).borderTopColor, getComputedStyle(e).backgroundColor)])
                .filter(([what, outside, inside]) => Math.max(outside, inside) < 3)""")
        assert low == []
    finally:
        one.driver.quit()
