"""Links what a wheel says it needs, and nothing else, from this environment to another.

    .venv/bin/python .ci/needed.py WHEEL SITE_PACKAGES

What nobody declared is not there, as after an installation, and nothing is fetched or unpacked a second time.
"""

import os
import sys
from email.parser import Parser
from importlib.metadata import Distribution, distributions
from importlib.util import cache_from_source
from pathlib import Path
from zipfile import ZipFile

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def needed(requirements: list[str]) -> list[Distribution]:
    """The distributions of this environment that some requirements lead to."""
    here = {canonicalize_name(one.name): one for one in distributions()}
    found: dict[tuple[str, str], Distribution] = {}  # by name and extra
    waiting = [(Requirement(text), "") for text in requirements]
    while waiting:
        wanted, for_extra = waiting.pop()
        if wanted.marker and not wanted.marker.evaluate({"extra": for_extra}):
            continue
        name = canonicalize_name(wanted.name)
        for extra in ("", *wanted.extras):
            if (name, extra) not in found:
                found[name, extra] = here[name]
                waiting += [(Requirement(text), extra) for text in here[name].requires or ()]
    return list({one.name: one for one in found.values()}.values())


def link(one: Distribution, site_packages: Path) -> None:
    """The files of a distribution under one more name, and what they were compiled to."""
    for file in one.files or ():
        source = Path(str(one.locate_file(file)))
        if ".." in file.parts or not source.exists():  # programs, and compiled files that were never made
            continue
        compiled = Path(cache_from_source(str(source))) if source.suffix == ".py" else source
        for here in {source, compiled}:
            there = site_packages / here.relative_to(str(one.locate_file("")))
            if here.exists() and not there.exists():
                there.parent.mkdir(parents=True, exist_ok=True)
                os.link(here, there)


def main() -> None:
    wheel, site_packages = map(Path, sys.argv[1:])
    with ZipFile(wheel) as packed:
        (name,) = (name for name in packed.namelist() if name.endswith(".dist-info/METADATA"))
        declared = Parser().parsestr(packed.read(name).decode()).get_all("Requires-Dist")
    for one in needed(declared or []):
        link(one, site_packages)


if __name__ == "__main__":
    main()
