"""The page in a real browser (Debian's Chromium): what its owner sees and does."""

import json
import os
import pathlib
import random
import re
import sqlite3
import time

import jsonschema
import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from programs import ROOT
from test_rest import OPENAPI

SHOTS = pathlib.Path(os.environ.get("SEGUE_SHOTS", ROOT / ".build-tests/screenshots"))
HOSTILE = [
    "<script>document.title='owned'</script>", "<img src=x onerror=\"document.title='owned'\">", "\"><svg onload=alert(1)>", "</div><h1>big</h1>", "&lt;b&gt;&amp;", "javascript:alert(1)",
    "{{7*7}}${7*7}", "'; DROP TABLE item;--", "\u202eevil\u202c", "a\u0000b".replace("\u0000", "\ufffd"), "\u2028line", "🎵" * 50, "x" * 5000, "%3Cscript%3E", "<!--", "]]>", "\\u003cscript\\u003e", "ﷺ", "𝕳𝖊𝖑𝖑𝖔", "a\u0301" * 20]


class Browser:
    def __init__(self, width=1280, height=800, *arguments):
        options = webdriver.ChromeOptions()
        for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--no-proxy-server", f"--window-size={width},{height}", *arguments):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        self.driver.set_page_load_timeout(30)

    def open(self, url):
        self.driver.get(url)
        self.wait(lambda: self.text("#connection") == "live")
        # What an earlier page had to complain of is not this one's.
        self.driver.get_log("browser")
        return self

    def find(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return self.run("return document.querySelector(arguments[0])?.textContent", selector)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def click(self, selector):
        self.wait(lambda: self.find(selector))
        self.run("document.querySelector(arguments[0]).click()", selector)

    def add(self, text):
        self.run("document.getElementById('refs').value = arguments[0]; document.getElementById('add').requestSubmit()", text)

    def wait(self, condition, seconds=20):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, (self.rows, self.run("return document.getElementById('totals').innerText"), self.driver.get_log("browser"))
            time.sleep(0.05)

    def agree(self, question):
        self.wait(lambda: self.find("#sure[open]") and self.text("#sure-text").startswith(question))
        self.click("#sure-yes")

    def row(self, item):
        return f'.row[data-id="{item}"]'

    def state(self, item):
        return self.text(self.row(item) + " .state")

    @property
    def rows(self):
        """What stands there, from top to bottom."""
        return self.run("""
            return [...document.querySelectorAll('.row')].sort((a, b) => a.at - b.at).map(row => row.parts
                ? [row.parts.name.textContent, row.parts.reason.textContent, row.parts.state.textContent] : [row.querySelector('.title').textContent])""")

    def shot(self, name):
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.driver.save_screenshot(str(SHOTS / f"{name}.png"))

    @property
    def complaints(self):
        """What the console has to complain of, but for pictures that are not there."""
        return [entry["message"] for entry in self.driver.get_log("browser") if "/cover" not in entry["message"]]


@pytest.fixture(scope="module")
def browser():
    assert os.path.exists("/usr/bin/chromedriver"), "Debian's chromium-driver is not installed"
    one = Browser()
    yield one
    one.driver.quit()


def test_a_playlist_is_added_and_seen_to_its_end(served, browser):
    browser.open(served.url)
    browser.wait(lambda: browser.text("#empty").startswith("Nothing here"))
    browser.driver.find_element(By.ID, "refs").send_keys("c:playlist:7", Keys.ENTER)
    browser.wait(lambda: browser.text("#said") == "1 added")
    browser.wait(lambda: browser.state("c:playlist:7") == "done" and browser.text(browser.row("c:playlist:7") + " .reason") == "7 of 7")
    browser.wait(lambda: browser.text("#total-done") == "8 of 8" and browser.text("#success") == "100 %")
    browser.click(browser.row("c:playlist:7") + " [data-act=fold]")
    browser.wait(lambda: browser.state("c:track:6") == "done")
    browser.wait(lambda: [r[0] for r in browser.rows] == ["List of 7"] + [f"Artist – Title {n}" for n in range(7)])
    browser.shot("done")
    assert browser.complaints == []


def test_a_list_that_has_fewer_tracks_than_it_announced_says_so(serve, browser):
    served = serve()
    code = (served.folder / "expand.py").read_text()
    (served.folder / "expand.py").write_text(code.replace('"n": int(number)', '"n": int(number), "total": 9'))
    browser.open(served.start().url)
    browser.add("c:playlist:4\nc:playlist:9")
    browser.wait(lambda: browser.text(browser.row("c:playlist:4") + " .reason") == "4 of 4; the catalog announced 9 and listed 4")
    browser.wait(lambda: browser.text(browser.row("c:playlist:9") + " .reason") == "9 of 9")
    assert [served.item("c:playlist:4")[name] for name in ("announced", "listed")] == [9, 4] and "listed" not in served.item("c:playlist:9")


def test_what_is_added_in_a_terminal_shows_up_without_a_reload(served, browser):
    browser.open(served.url)
    served.segue("add", "c:playlist:3")
    browser.wait(lambda: browser.state("c:playlist:3") == "done", 5)


def test_progress_is_shown_and_items_are_paused_resumed_and_cancelled(served, browser):
    served.gate()
    browser.open(served.url)
    browser.add("c:track:1\nc:track:2\nc:track:3")
    browser.wait(lambda: re.fullmatch(r"\d+ %", browser.state("c:track:1") or "") and "MB/s" in browser.text(browser.row("c:track:1") + " .reason"))
    browser.wait(lambda: browser.text("#total-running") == "2" and browser.text("#total-ready") == "1" and "MB/s" in browser.text("#speed"))
    browser.shot("active")
    browser.click(browser.row("c:track:1") + " [data-act=pause]")
    browser.wait(lambda: browser.state("c:track:1") == "paused" and served.item("c:track:1")["state"] == "paused")
    browser.click(browser.row("c:track:1") + " [data-act=resume]")
    browser.wait(lambda: browser.state("c:track:1") != "paused")
    browser.click(browser.row("c:track:2") + " [data-act=cancel]")
    browser.wait(lambda: browser.state("c:track:2") == "cancelled" and served.item("c:track:2")["state"] == "cancelled")
    served.open(1), served.open(3)
    browser.wait(lambda: browser.state("c:track:1") == browser.state("c:track:3") == "done")
    browser.click('#verbs [data-verb="clear"]')
    browser.agree("Forget all finished items?")
    browser.wait(lambda: served.get("/v1/items")["items"] == [] and browser.text("#total-done") == "0 of 0")
    browser.wait(lambda: not browser.find(".row"))


def test_a_failure_stands_first_with_its_reason_and_is_tried_again(served, browser):
    served.gate()
    for n in range(6):
        served.open(n, "the key of this track is missing" if n == 4 else "")
    browser.open(served.url)
    browser.add("c:playlist:6")
    browser.wait(lambda: browser.text("#total-failed") == "1")
    browser.wait(lambda: browser.rows == [
        ["Failed"], ["Artist – Title 4", "work: the key of this track is missing", "failed"], ["Queue"], ["List of 6", "6 of 6, 1 failed", "failed"]])
    browser.click(browser.row("c:track:4") + " .reason")
    browser.wait(lambda: browser.find("dialog[open]"))
    browser.wait(lambda: "the key of this track is missing (permanent, gone)" in browser.text("#attempts"))
    browser.shot("failed")
    browser.click("dialog[open] [value=close]")
    served.open(4)
    browser.click(browser.row("c:track:4") + " [data-act=retry]")
    browser.wait(lambda: browser.text("#total-failed") == "0" and browser.state("c:playlist:6") == "done")
    browser.wait(lambda: [r[0] for r in browser.rows] == ["List of 6"])


def test_everything_is_paused_and_goes_on(served, browser):
    served.gate()
    browser.open(served.url)
    browser.add("c:playlist:5")
    browser.wait(lambda: browser.text("#total-running") == "2")
    browser.click('#verbs [data-verb="pause"]')
    browser.wait(lambda: "Everything is paused" in browser.text("#notices") and browser.text("#total-running") == "0")
    for n in range(5):
        served.open(n)
    browser.click("#notices button")
    browser.wait(lambda: browser.state("c:playlist:5") == "done" and browser.text("#notices") == "")


def test_many_are_chosen_and_steered_at_once(served, browser):
    served.gate()
    browser.open(served.url)
    browser.add("\n".join(f"c:track:{n}" for n in range(8)))
    browser.wait(lambda: len(browser.rows) == 8)
    for n in (3, 5, 7):
        browser.click(browser.row(f"c:track:{n}") + " [data-act=select]")
    browser.wait(lambda: browser.text("#chosen") == "3 selected")
    browser.click('#verbs [data-verb="cancel"]')
    browser.wait(lambda: browser.find("#sure[open]"))
    browser.click("#sure [value=no]")
    browser.wait(lambda: not browser.find("#sure[open]"))
    assert served.stats()["cancelled"] == 0
    browser.click('#verbs [data-verb="cancel"]')
    browser.agree("Cancel 3 items?")
    browser.wait(lambda: served.stats()["cancelled"] == 3 and browser.state("c:track:5") == "cancelled")


def test_a_stage_that_stands_still_and_a_paused_host_are_told(serve, browser):
    stage = "test -e right || { echo key file missing >&2; exit 78; }; exec cat"
    served = serve([{"name": "work", "run": ["sh", "-c", stage]}]).start()
    browser.open(served.url)
    browser.add("c:track:1")
    browser.wait(lambda: "work is halted" in browser.text("#notices") and "key file missing" in browser.text("#notices"))
    (served.folder / "right").touch()
    browser.click("#notices button")
    browser.wait(lambda: browser.state("c:track:1") == "done" and browser.text("#notices") == "")


def test_it_goes_on_by_itself_after_the_server_was_away(served, browser):
    served.gate()
    browser.open(served.url)
    browser.run("window.same = true")
    browser.add("c:playlist:4")
    browser.wait(lambda: browser.text("#total-running") == "2")
    served.process.kill()
    served.process.wait()
    browser.wait(lambda: browser.text("#connection").startswith("not connected"))
    browser.shot("away")
    served.segue("add", "c:track:60")
    served.start()
    browser.wait(lambda: browser.text("#connection") == "live", 30)
    for n in (0, 1, 2, 3, 60):
        served.open(n)
    browser.wait(lambda: browser.state("c:playlist:4") == "done" and browser.state("c:track:60") == "done")
    browser.wait(lambda: browser.text("#total-done") == "6 of 6")
    assert browser.run("return window.same") is True


def test_hostile_titles_are_text(served, browser):
    titles = (HOSTILE * 3)[:60]
    (served.folder / "titles.json").write_text(json.dumps(titles))
    browser.open(served.url)
    browser.add("c:playlist:60")
    browser.wait(lambda: browser.state("c:playlist:60") == "done")
    browser.click(browser.row("c:playlist:60") + " [data-act=fold]")
    seen = {}

    def look():
        found = browser.run("return [...document.querySelectorAll('.row[data-id]')].map(r => [r.dataset.id, r.parts.name.textContent])")
        seen.update(found)
        browser.run("document.getElementById('scroll').scrollTop += 300")
        return len(seen) == 61

    browser.wait(look)
    for n, title in enumerate(titles):
        assert seen[f"c:track:{n}"] == f"Artist – {title}"
    browser.wait(lambda: browser.driver.title == "segue")
    assert not browser.find("h1 + h1, #rows h1, #rows script, #rows [onerror], #rows img[src='x']")
    assert browser.complaints == []


def test_it_is_steered_by_the_keyboard(served, browser):
    served.gate()
    browser.open(served.url)
    browser.add("c:playlist:5\nc:track:50")
    browser.wait(lambda: len(browser.rows) == 2 and browser.text(browser.row("c:playlist:5") + " .reason") == "0 of 5")
    browser.run("document.querySelector('.row[tabindex=\"0\"]').focus()")
    press = lambda *keys: browser.driver.switch_to.active_element.send_keys(*keys)
    press(Keys.ARROW_RIGHT)
    browser.wait(lambda: len(browser.rows) == 7)
    focused = lambda: browser.run("return document.activeElement.dataset.id")
    for item in ("c:track:0", "c:track:1"):
        press(Keys.ARROW_DOWN)
        browser.wait(lambda: focused() == item)
    press(" ")
    browser.wait(lambda: browser.text("#chosen") == "1 selected")
    press(Keys.END)
    browser.wait(lambda: focused() == "c:track:50")
    press("p")
    browser.wait(lambda: browser.state("c:track:50") == "paused")
    press(Keys.DELETE)
    browser.wait(lambda: browser.state("c:track:50") == "cancelled")
    press(Keys.HOME)
    browser.wait(lambda: focused() == "c:playlist:5")
    press(Keys.ARROW_LEFT)
    browser.wait(lambda: len(browser.rows) == 2)
    press(Keys.ENTER)
    browser.wait(lambda: browser.find("dialog[open]"))
    # What a screen reader is told.
    row = browser.run("const r = document.querySelector('.row'); return [r.getAttribute('role'), r.getAttribute('aria-level'), r.getAttribute('aria-expanded'), r.getAttribute('aria-rowindex')]")
    assert row == ["row", "1", "false", "1"] and browser.run("return document.getElementById('rows').getAttribute('role')") == "treegrid"
    unnamed = browser.run("""
        return [...document.querySelectorAll('button, input, textarea')].filter(e => e.offsetParent &&
            !(e.textContent.trim() || e.getAttribute('aria-label') || document.querySelector(`label[for="${e.id}"]`) || e.closest('label'))).map(e => e.outerHTML)""")
    assert unnamed == []


def test_lists_are_filtered_and_searched(served, browser):
    served.gate()
    for n in range(4):
        served.open(n, "no" if n == 2 else "")
    browser.open(served.url)
    browser.add("c:playlist:10")
    browser.wait(lambda: browser.text("#total-running") == "2" and browser.text("#total-failed") == "1")
    browser.click('#filters [data-filter="failed"]')
    browser.wait(lambda: [r[0] for r in browser.rows] == ["1 × work: no", "Artist – Title 2"])
    browser.click('#filters [data-filter="done"]')
    browser.wait(lambda: [r[0] for r in browser.rows] == [f"Artist – Title {n}" for n in (0, 1, 3)])
    browser.driver.find_element(By.ID, "search").send_keys("title 3")
    browser.wait(lambda: [r[0] for r in browser.rows] == ["Artist – Title 3"])


def test_what_is_searched_for_is_found_in_lists_too_and_says_in_which(served, browser):
    served.gate()
    for n in range(23):
        served.open(n, "it is broken" if n == 21 else "")
    browser.open(served.url)
    browser.add("c:playlist:40\nc:track:120")
    browser.wait(lambda: browser.text("#total-failed") == "1" and browser.text("#total-done") == "22 of 42")
    search = browser.driver.find_element(By.ID, "search")
    search.send_keys("title 2")
    names = lambda: [r[0] for r in browser.rows]
    browser.wait(lambda: names() == ["Artist – Title 2", *[f"Artist – Title {n}" for n in range(20, 30)]])
    browser.wait(lambda: browser.text(browser.row("c:track:21") + " .reason") == "in List of 40: work: it is broken")
    assert browser.text(browser.row("c:track:25") + " .reason") == "in List of 40: c:track:25"
    # Ids are found too, of what no list brought, which is in none; and lists themselves.
    for text, found in (("track:120", ["c:track:120"]), ("list of", ["List of 40"]), ("nowhere", [])):
        search.clear()
        search.send_keys(text)
        browser.wait(lambda: names() == found)
    search.clear()
    search.send_keys(Keys.SPACE, Keys.BACKSPACE)
    browser.wait(lambda: names() == ["Failed", "Artist – Title 21", "Queue", "List of 40", "c:track:120"])


def test_a_failed_track_of_no_list_stands_there_once(served, browser):
    served.gate()
    for n, why in ((30, "it is broken"), (31, "")):
        served.open(n, why)
    browser.open(served.url)
    browser.add("c:track:30")
    browser.wait(lambda: browser.rows == [["Failed"], ["c:track:30", "work: it is broken", "failed"]])
    browser.add("c:track:31")
    browser.wait(lambda: [r[0] for r in browser.rows] == ["Failed", "c:track:30", "Queue", "c:track:31"])
    served.close(30), served.open(30)
    browser.click(browser.row("c:track:30") + " [data-act=retry]")
    browser.wait(lambda: [r[0] for r in browser.rows] == ["c:track:30", "c:track:31"] and browser.state("c:track:30") == "done")


def test_a_list_that_is_wholly_paused_is_paused(served, browser):
    served.gate()
    browser.open(served.url)
    browser.add("c:playlist:6")
    browser.wait(lambda: browser.text("#total-running") == "2")
    acts = lambda: browser.run("return [...document.querySelectorAll('.row[data-id=\"c:playlist:6\"] .acts button')].filter(b => !b.hidden).map(b => b.dataset.act)")
    served.post("/v1/items/c:track:4/pause")
    browser.wait(lambda: acts() == ["pause", "resume", "cancel"] and browser.state("c:playlist:6") == "open")
    browser.click(browser.row("c:playlist:6") + " [data-act=pause]")
    browser.wait(lambda: browser.state("c:playlist:6") == "paused" and acts() == ["resume", "cancel"])
    browser.click(browser.row("c:playlist:6") + " [data-act=resume]")
    browser.wait(lambda: browser.state("c:playlist:6") == "open" and acts() == ["pause", "cancel"])


def test_what_goes_with_its_list_alone_is_not_removed_without_a_word(served, browser):
    browser.open(served.url)
    browser.add("c:playlist:3")
    browser.wait(lambda: browser.state("c:playlist:3") == "done")
    browser.click(browser.row("c:playlist:3") + " [data-act=fold]")
    browser.wait(lambda: browser.state("c:track:1") == "done")
    browser.click(browser.row("c:track:1") + " [data-act=cancel]")
    browser.wait(lambda: "belongs to a list" in browser.text("#said"))


def test_a_dropped_playlist_file_is_added(serve, browser):
    served = serve([{"name": "expand", "run": ["resolve", "--rows"], "mode": "expand"}, {"name": "work", "run": ["cat"]}]).start()
    browser.open(served.url)
    browser.run("""
        const data = new DataTransfer();
        data.items.add(new File(['#EXTM3U\\nhttp://127.0.0.1:1/a.mp3\\nhttp://127.0.0.1:1/b.mp3\\n'], 'Dropped.m3u'));
        document.body.dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true}))""")
    browser.wait(lambda: any(r[0] == "Dropped" and r[1] == "2 of 2" for r in browser.rows))


@pytest.mark.parametrize("width, height, arguments, name", [(400, 860, [], "phone"), (1280, 800, ["--blink-settings=preferredColorScheme=0"], "dark")])
def test_it_fits_a_phone_and_the_dark(served, width, height, arguments, name):
    served.gate()
    for n in range(4):
        served.open(n, "the server has no such file" if n == 2 else "")
    served.add("c:playlist:30", "c:album:8")
    one = Browser(width, height, *arguments)
    try:
        one.open(served.url)
        one.wait(lambda: one.text("#total-failed") == "1" and one.text("#total-running") == "2")
        one.shot(name)
        assert one.run("return document.documentElement.scrollWidth <= innerWidth")
        if name == "dark":
            assert one.run("return getComputedStyle(document.body).backgroundColor") == "rgb(20, 22, 26)"
    finally:
        one.driver.quit()


def fill(ledger, count):
    """Puts a list of so many members, most of them done, in a ledger that nobody has open."""
    with sqlite3.connect(ledger) as database:
        stage = database.execute("SELECT number FROM stage WHERE name = 'work'").fetchone()[0]
        top = database.execute("SELECT ifnull(max(number), 0) + 1 FROM item").fetchone()[0]
        now = int(time.time() * 1000)
        line = '{"v":1,"id":"%s","kind":"track","track":{"title":"%s"}}'
        rows = [(top, "c:playlist:big", "done", stage, top, "Big", "", now, now, b'{"v":1,"id":"c:playlist:big","kind":"done","n":%d}' % count, 0)]
        for n in range(1, count + 1):
            state = "failed" if n % 1000 == 0 else "done"
            rows.append((top + n, f"x:track:{n}", state, stage, top, f"Song {n}", "Somebody", now, now, (line % (f"x:track:{n}", f"Song {n}")).encode(), None))
        database.executemany("INSERT INTO item (number, id, state, stage, lane, title, artist, added, finished, line, members) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        database.executemany("INSERT INTO membership VALUES (?, ?, ?, 1)", [(top, n, top + n) for n in range(1, count + 1)])


def test_a_hundred_thousand_items_are_counted_right_and_scrolled_through(serve, browser):
    served = serve().start()
    served.stop()
    fill(served.ledger, 100_000)
    served.start()
    browser.open(served.url)
    browser.wait(lambda: browser.text("#total-failed") == "100" and browser.text("#total-done") == "99,901 of 100,001")
    browser.click('#filters [data-filter="done"]')
    browser.wait(lambda: browser.run("return document.getElementById('rows').getAttribute('aria-rowcount')") == "99901")
    chance = random.Random(3)
    slowest = 0
    for _ in range(10):
        at = chance.random()
        slowest = max(slowest, browser.run("""
            const s = document.getElementById('scroll'), start = performance.now();
            s.scrollTop = arguments[0] * (s.scrollHeight - s.clientHeight);
            s.getBoundingClientRect();
            return performance.now() - start""", at))
        wanted = round(at * 99901)

        def has_arrived():
            names = [r[0] for r in browser.rows]
            if len(names) <= 5 or not all(name.startswith("Somebody – Song ") for name in names):
                return False
            return abs(int(names[len(names) // 2].split()[-1]) - wanted * 100_000 / 99_901) < 300

        browser.wait(has_arrived)
    # The page holds what is in sight, not the list.
    assert browser.run("return document.querySelectorAll('.row').length") < 60
    print(f"the slowest of ten jumps took {slowest:.1f} ms")
    browser.click('#filters [data-filter="all"]')
    browser.wait(lambda: [r[0] for r in browser.rows][:2] == ["Failed", "Somebody – Song 1000"])
    browser.shot("hundred-thousand")


def test_notices_that_nobody_takes_are_told(serve, browser):
    served = serve(tell=[{"name": "home", "run": ["tell", "--webhook", "http://127.0.0.1:1/"], "gather": 0, "retry": {"base": "1h", "cap": "1h"}}]).start()
    assert "notices" not in served.get("/healthz")
    served.add("c:playlist:2", "c:playlist:3")
    served.wait(lambda: served.get("/healthz").get("notices"))
    (waiting,) = served.get("/healthz")["notices"]
    response = OPENAPI["paths"]["/healthz"]["get"]["responses"]["200"]
    jsonschema.validate(served.get("/healthz"), response["content"]["application/json"]["schema"])
    assert (waiting["recipient"], waiting["count"]) == ("home", 2) and "127.0.0.1:1" in waiting["message"]
    browser.open(served.url)
    browser.wait(lambda: (browser.text("#notices span") or "").startswith("2 notices wait for home: cannot connect"))
    assert browser.complaints == []
