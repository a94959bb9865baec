"""Models of tables: saved, reloaded, taken elsewhere, always with the same answers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fastavg import ConfigError, DataError
from fastavg.data.frame_sources import frame_of
from fastavg.data.readers.by_suffix import read
from fastavg.models.ensemble import BLOCK
from tests.models.tables import answers, said, table


def test_any_source_of_the_columns(fitted, tmp_path):
    made, _ = fitted
    X = table(50, seed=4)
    wanted = said(made.model_, X)
    turned = X[X.columns[::-1]].assign(other="x")
    polars = pytest.importorskip("polars")
    X.to_parquet(tmp_path / "x.parquet")
    X.to_csv(tmp_path / "x.csv", index=False)
    for source in (
        turned, polars.from_pandas(X), frame_of(X), read(tmp_path / "x.parquet"),
        read(tmp_path / "x.csv"),
    ):
        np.testing.assert_allclose(said(made.model_, source), wanted, atol=1e-12)


def test_rows_beyond_a_block_are_rows_like_others(fitted):
    made, _ = fitted
    X = pd.concat([table(BLOCK, seed=5), table(BLOCK // 2 + 3, seed=6)], ignore_index=True)
    whole = said(made.model_, X)
    few = said(made.model_, X.iloc[BLOCK - 5 : BLOCK + 5])
    np.testing.assert_allclose(few, whole[BLOCK - 5 : BLOCK + 5], rtol=1e-5)


def test_what_a_model_needs_is_named(fitted):
    made, _ = fitted
    with pytest.raises(DataError, match="has no column 'town', which the model was trained on"):
        made.model_.predict(table(5).drop(columns="town"))
    with pytest.raises(DataError, match="column 'age' holds text values"):
        made.model_.predict(table(5).assign(age="old"))


def test_scores(fitted):
    made, _ = fitted
    X = table(300, seed=7)
    y = answers(X)
    if made.model_.classes is None:
        assert made.model_.score(X, y) > 0.8
        assert made.model_.member_predictions(X).shape == (2, 300, 1)
        with pytest.raises(ConfigError, match="predicts numbers"):
            made.model_.predict_proba(X)
    else:
        y = np.array(["low", "middle", "top"])[np.digitize(y, [3, 5])]
        assert made.model_.score(X, y) > 0.6
        with pytest.raises(ConfigError, match="predicts classes"):
            made.model_.member_predictions(X)
    with pytest.raises(DataError, match="y has 3 values"):
        made.model_.score(X, y[:3])
