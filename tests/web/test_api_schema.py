"""Made-up requests, as the description allows them and as it does not: nothing fails, and every answer is described."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks

from kgrec.live import registry
from tests.web.living import LivingShop, living_shop
from web.api.operations import OPERATIONS

EXAMPLES = int(os.environ.get("KGREC_SCHEMA_EXAMPLES", "12"))
"""Requests an operation and mode; more of them find more, and take longer."""

REAL = {"item_id": "i3", "user_id": "u0", "name": "items-of-brand"}
"""Names in paths that there are, so that it is not always the path that is refused."""

CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


@pytest.fixture(scope="module")
def shop(parity_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivingShop]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "_started", lambda folder: None)  # which is another process
        with living_shop(parity_workspace, tmp_path_factory.mktemp("schema") / "shop") as shop:
            yield shop


@pytest.fixture(scope="module")
def key(shop: LivingShop) -> str:
    return shop.key("admin")


@pytest.fixture(scope="module")
def schema(shop: LivingShop) -> Any:
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", shop.app)


CASES = [
    (operation.name, mode)
    for operation in OPERATIONS
    for mode in GenerationMode
    # Of some there is nothing to be sent that could be wrong.
    if mode is GenerationMode.POSITIVE or operation.body or operation.query or operation.door
]


@pytest.mark.parametrize(("name", "mode"), CASES, ids=[f"{name}-{mode.value}" for name, mode in CASES])
def test_no_request_fails_and_every_answer_is_described(
    schema: Any, key: str, name: str, mode: GenerationMode
) -> None:
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=schema.find_operation_by_id(name).as_strategy(generation_mode=mode), real=st.booleans())
    def run(case: Any, real: bool) -> None:
        if real:
            known = {at: REAL[at] for at in case.path_parameters or {} if at in REAL}
            case.path_parameters = {**(case.path_parameters or {}), **known}
        answer = case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, checks=CHECKS)
        assert answer.status_code != 500, answer.text

    run()
