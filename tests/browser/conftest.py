"""A real server of the demo shop, and Debian's Chromium that looks at it as people do.

Screenshots go to the folder that KGREC_SCREENSHOTS names, or to a temporary one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kgrec.live.keys import KeyRing
from tests.web.sieged import serving

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--no-first-run"]  # fmt: skip


@dataclass(frozen=True)
class Site:
    """The server: where it is, and keys to its studio."""

    address: str
    read_key: str
    admin_key: str
    shop: Path


@pytest.fixture(scope="session")
def site(demo_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    shop = tmp_path_factory.mktemp("browsed") / "demo"
    shutil.copytree(demo_workspace, shop, symlinks=True)
    keys = KeyRing(shop / "keys.sqlite")
    read, admin = (keys.create(role)[0] for role in ("read", "admin"))
    with serving(shop, 1) as server:
        yield Site(f"http://127.0.0.1:{server.port}", read, admin, shop)


@pytest.fixture(scope="session")
def chromium() -> Iterator[playwright.Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(os.environ.get("KGREC_SCREENSHOTS") or tmp_path_factory.mktemp("screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def cookies(chromium, site) -> Callable[[str], object]:
    """The cookies of "nobody", of "u0002" who was chosen, and of the "studio" opened by an admin's key; made once."""
    made: dict[str, object] = {}

    def of(who: str) -> object:
        if who not in made:
            context = chromium.new_context(base_url=site.address)
            page = context.new_page()
            if who == "studio":
                page.goto("/studio/sign-in")
                page.locator("#key").fill(site.admin_key)
                page.locator("main form button").click()
                page.wait_for_url("**/studio/")
            elif who != "nobody":
                page.goto("/try?q=" + who)
                page.locator(f'button[name=user_id][value="{who}"]').click()
                page.wait_for_url("**/")
            made[who] = context.storage_state()
            context.close()
        return made[who]

    return of


@pytest.fixture
def open_browser(chromium, site, cookies):
    """Makes a browser: of whom, how wide, in which language and colour scheme, with or without scripts."""
    contexts = []

    def somebody(
        who: str = "nobody", *, width: int = 1280, lang: str = "en", dark: bool = False, script: bool = True
    ):
        context = chromium.new_context(
            base_url=site.address,
            storage_state=cookies(who),
            viewport={"width": width, "height": 900},
            locale={"en": "en-GB", "zh": "zh-CN"}[lang],
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            java_script_enabled=script,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        return page

    yield somebody
    for context in contexts:
        context.close()
