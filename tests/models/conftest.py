"""Models of a table that several files of tests share."""

from __future__ import annotations

import pytest

from tests.models.tables import classifier, regressor


@pytest.fixture(scope="session", params=["class", "number"])
def fitted(request, tmp_path_factory):
    made = classifier() if request.param == "class" else regressor()
    path = tmp_path_factory.mktemp("model") / "m.safetensors"
    made.save(path)
    return made, path
