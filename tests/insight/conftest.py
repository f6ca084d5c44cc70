"""A shop that is asked as a whole: the parity shop, what its users say, and the same on disk."""

import shutil
from pathlib import Path

import pytest

from kgrec.guide import Guide
from kgrec.insight import Survey, survey
from kgrec.parts import current_parts
from kgrec.serving import Served


@pytest.fixture(scope="session")
def parity_survey(parity_guide: Guide) -> Survey:
    return survey(parity_guide)


@pytest.fixture
def shop(parity_workspace: Path, tmp_path: Path) -> Path:
    return shutil.copytree(parity_workspace, tmp_path / "shop", symlinks=True)


@pytest.fixture
def served(shop: Path) -> Served:
    return Served(shop, current_parts)
