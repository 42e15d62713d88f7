"""Opens the site in Chromium: `check.py FOLDER`.

From the first page on it goes through every page that links lead to, and fails on a page, a place in a page, or a part
of a page that is not there, on anything that is loaded from elsewhere, on a page that no link leads to, and on what the
browser's console complains of. Then it uses the site as a reader does: the tabs, the search, dark and light, a phone;
once from a server and once from the files themselves.
"""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import sys
import threading
import urllib.parse
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

# A name of each language, and a page that the search must find it on.
SEARCHES = {
    "ondes_reader_open_path": "api/c/reader.html",
    "ondes.load": "api/python/everyday.html",
    "AudioFile": "api/python/io.html",
    "LoadBatch": "api/go.html",
    "ondes::reader": "api/cpp/reader.html",
    "ReplayGain": "docs/TAGS.html",
}
TABS = ("Python", "C", "C++", "Go", "Rust")
# What Debian, Ubuntu and Google call the browser.
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WAIT = 120_000  # ms: only a site that does not work gets there

WINDOWS = ({"width": 390, "height": 844}, {"width": 1400, "height": 1000})  # a phone, and a screen

# What a page has to offer and asks for: the addresses of its links, and the names of its places.
LOOK = """() => ({
    links: Array.from(document.querySelectorAll('a[href]'), a => a.href),
    places: Array.from(document.querySelectorAll('[id], a[name]'), e => e.id || e.name),
    title: document.title,
})"""


def find_browser() -> str:
    """The browser's program: the one that CHROMIUM names, or the first that is here."""
    named = os.environ.get("CHROMIUM")
    for name in (named,) if named else PROGRAMS:
        if path := shutil.which(name):
            return path
    if named:
        raise SystemExit(f"CHROMIUM is {named}, which is no program")
    raise SystemExit(f"No browser is here, none of {', '.join(PROGRAMS)}: install one, or name it in CHROMIUM")


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A server that does not tell of each file."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Faults(list[str]):
    """What is wrong, in the order in which it was found."""

    def watch(self, page: Page, base: str) -> None:
        """Note what the browser complains of."""
        page.on("console", lambda said: said.type == "error" and self.add(page, said.text))
        page.on("pageerror", lambda error: self.add(page, str(error)))
        page.on("requestfailed", lambda request: self.failed(page, request))
        page.on("response", lambda answer: answer.status >= 400 and self.add(page, f"{answer.url}: {answer.status}"))
        page.on("request", lambda request: self.outside(page, base, request.url))

    def failed(self, page: Page, request: Request) -> None:
        """Note what could not be loaded; what the next page cut short could."""
        if request.failure != "net::ERR_ABORTED":
            self.add(page, f"{request.url}: {request.failure}")

    def outside(self, page: Page, base: str, url: str) -> None:
        """Note what is loaded from elsewhere."""
        if not url.startswith((base, "data:", "blob:")):
            self.add(page, f"loads {url}")

    def add(self, page: Page, fault: str) -> None:
        """Note a fault of a page."""
        self.append(f"{page.url}: {fault}")


def follow(page: Page, base: str, folder: Path, faults: Faults) -> int:
    """Open every page that can be reached; returns how many."""
    places: dict[str, set[str]] = {}
    wanted: dict[tuple[str, str], str] = {}
    todo = [base + "index.html"]
    while todo:
        address = todo.pop()
        if address in places:
            continue
        page.goto(address)
        seen = page.evaluate(LOOK)
        places[address] = set(seen["places"])
        for window in WINDOWS:
            page.set_viewport_size(window)
            wide = page.evaluate("document.documentElement.scrollWidth") - window["width"]
            if wide > 0:
                faults.add(page, f"is {wide} pixels wider than a window of {window['width']}")
        if not seen["title"]:
            faults.add(page, "has no title")
        for link in seen["links"]:
            to, fragment = urllib.parse.urldefrag(link)
            if not to.startswith(base):
                continue  # to the world outside
            to = to.partition("?")[0]
            to += "index.html" if to.endswith("/") else ""
            wanted.setdefault((to, urllib.parse.unquote(fragment)), address)
            if to.endswith(".html") and is_ours(to, base):
                todo.append(to)
    check_fragments(places, wanted, base, folder, faults)
    every = {base + str(path.relative_to(folder)) for path in folder.rglob("*.html")}
    every.discard(base + "search.html")  # which one gets to by searching
    faults += [f"{url}: no link leads to this page" for url in sorted(every - set(places)) if is_ours(url, base)]
    return len(places)


def is_ours(url: str, base: str) -> bool:
    """Whether the browser is to open a page: of the hundreds of rustdoc's, which rustdoc checks, the first is enough."""
    return not url.startswith(base + "rust/") or url == base + "rust/ondes/index.html"


def check_fragments(
    places: dict[str, set[str]], wanted: dict[tuple[str, str], str], base: str, folder: Path, faults: Faults
) -> None:
    """Look for what was linked to."""
    for (url, fragment), origin in wanted.items():
        if url in places:
            if fragment and fragment not in places[url]:
                faults.append(f"{origin}: there is no #{fragment} in {url}")
        elif not (folder / urllib.parse.unquote(url.removeprefix(base))).is_file():
            faults.append(f"{origin}: there is no {url}")


def use(context: BrowserContext, base: str, faults: Faults) -> None:
    """Use the site as a reader does."""
    page = context.new_page()
    # Files may not be fetched by scripts: the search then shows no excerpts, and the browser says so.
    if base.startswith("http"):
        faults.watch(page, base)
    page.goto(base + "index.html")
    for tab in TABS:
        page.get_by_text(tab, exact=True).and_(page.locator(".sd-tab-set > label")).click()
        shown = [text for text in page.locator(".sd-tab-content:visible").all_inner_texts() if "ondes" in text]
        if len(shown) != 1:
            faults.add(page, f"the tab {tab} shows {len(shown)} programs")
    for words, expected in SEARCHES.items():
        page.goto(base + "index.html")
        box = page.locator("input.sidebar-search")
        box.fill(words)
        box.press("Enter")
        try:
            page.locator(f"#search-results ul.search a[href*='{expected}']").first.wait_for()
        except Exception:
            found = page.locator("#search-results ul.search a").all_inner_texts()
            faults.add(page, f"the search for {words} does not find {expected}, only {found}")
    page.close()


def colours(browser: Browser, base: str, faults: Faults) -> None:
    """Light and dark, as the system has it and as the reader changes it."""
    brightness = "() => getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)"
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme)
        context.set_default_timeout(WAIT)
        page = context.new_page()
        page.goto(base + "index.html")
        before = sum(page.evaluate(brightness)) > 382
        if before != (scheme == "light"):
            faults.add(page, f"is not {scheme}")
        # Auto, light, dark, auto: after two steps each has been seen.
        seen = {before}
        for _ in range(2):
            page.locator(".theme-toggle:visible").first.click()
            seen.add(sum(page.evaluate(brightness)) > 382)
        if len(seen) != 2:
            faults.add(page, "the switch of light and dark changes nothing")
        context.close()


def phone(browser: Browser, base: str) -> None:
    """On a narrow screen the contents are behind a button."""
    context = browser.new_context(viewport=WINDOWS[0], has_touch=True, is_mobile=True)
    context.set_default_timeout(WAIT)
    page = context.new_page()
    page.goto(base + "index.html")
    page.locator("label.nav-overlay-icon").first.click()
    page.locator(".sidebar-tree a").first.click()
    page.wait_for_url(lambda url: not url.endswith("index.html"))
    context.close()


def main(folder: Path) -> int:
    """Check a site; the exit status."""
    program = find_browser()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}/"
    faults = Faults()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", "--disable-dev-shm-usage"],
            timeout=WAIT,
        )
        context = browser.new_context(viewport=WINDOWS[1])
        context.set_default_timeout(WAIT)
        page = context.new_page()
        faults.watch(page, base)
        pages = follow(page, base, folder, faults)
        page.close()
        use(context, base, faults)
        use(context, folder.as_uri() + "/", faults)
        colours(browser, base, faults)
        phone(browser, base)
        browser.close()
    server.shutdown()
    for fault in dict.fromkeys(faults):
        print(fault, file=sys.stderr)
    print(f"{pages} pages opened, {len(set(faults))} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
