"""Models of a table that several files of tests share."""

from __future__ import annotations

import pytest

from tests.models.tables import classifier, regressor

MADE = {
    "class": classifier, "number": regressor,
    "factors": lambda: regressor(activation="parametric_mish"),
}


@pytest.fixture(scope="session", params=MADE)
def fitted(request, tmp_path_factory):
    made = MADE[request.param]()
    path = tmp_path_factory.mktemp("model") / "m.safetensors"
    made.save(path)
    return made, path
