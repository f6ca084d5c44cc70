"""Every page: for everybody (WCAG 2.2 AA by axe-core), small, whole without scripts, as narrow as a phone."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("demo")

ROOT = Path(__file__).parents[2]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

STOREFRONT = {
    "home": "/",
    "search": "/search?q=cream",
    "nothing found": "/search?q=zzzzzz",
    "item": "/item/K0001",
    "why": "/item/K0001/why",
    "why not": "/item/K0001/why-not",
    "what if": "/you/what-if",
    "you": "/you",
    "shoppers": "/try",
    "api": "/api/v1/",
    "sign in": "/studio/sign-in",
    "nowhere": "/nowhere",
}
STUDIO = {
    "overview": "/studio/",
    "items": "/studio/items",
    "item of the studio": "/studio/items/K0001",
    "relations": "/studio/relations",
    "rules": "/studio/rules",
    "campaign": "/studio/campaign?item=K0001",
    "outcomes": "/studio/outcomes",
    "sparql": "/studio/sparql",
    "models": "/studio/models",
    "shoppers of the studio": "/studio/shoppers",
    "shopper": "/studio/shoppers/u0002",
    "why for a shopper": "/studio/shoppers/u0002/item/K0001",
}
PAGES = {**STOREFRONT, **STUDIO}

KB = 1000
MOST_SCRIPT, MOST = 30 * KB, 80 * KB  # of a page, compressed, before pictures


def visitor_of(name: str) -> str:
    """Whose page it is."""
    return "studio" if name in STUDIO else "nobody" if name in ("sign in", "api") else "u0002"


def faults(page) -> list[str]:
    """What axe-core finds wrong, with where it is."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(f"axe.run(document, {{runOnly: {json.dumps(RULES)}}})")
    return [
        f"{one['id']}: {one['help']} ({', '.join(str(node['target']) for node in one['nodes'][:3])})"
        for one in found["violations"]
    ]


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: make assets")
@pytest.mark.parametrize("lang, dark, width", [("en", False, 1280), ("zh", True, 360)])
@pytest.mark.parametrize("name", PAGES)
def test_everybody_can_use_it_and_it_is_small(open_browser, screenshots, name, lang, dark, width):
    page = open_browser(visitor_of(name), lang=lang, dark=dark, width=width)
    wrong: list[str] = []
    sizes: dict[str, int] = {}

    def weigh(response) -> None:
        kind = response.request.resource_type
        if kind in ("document", "stylesheet", "script", "fetch"):
            sizes[kind] = sizes.get(kind, 0) + len(gzip.compress(response.body(), 6))

    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    page.on("response", weigh)
    page.goto(PAGES[name])
    page.wait_for_load_state("networkidle")
    look = "dark" if dark else "light"
    page.screenshot(path=screenshots / f"{name.replace(' ', '-')}-{lang}-{look}-{width}.png", full_page=True)
    assert faults(page) == []
    assert [one for one in wrong if "404" not in one] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "it scrolls sideways"
    assert sizes.get("script", 0) <= MOST_SCRIPT and sum(sizes.values()) <= MOST, sizes


@pytest.mark.parametrize("name", PAGES)
def test_it_is_whole_without_scripts_and_asks_nobody_else(open_browser, site, name):
    page = open_browser(visitor_of(name), script=False, width=320)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    answer = page.goto(PAGES[name])
    assert answer.status == (404 if name == "nowhere" else 200)
    assert page.locator("h1").count() == 1 and page.locator("main").inner_text().strip()
    assert all(url.startswith((site.address, "data:")) for url in asked)
