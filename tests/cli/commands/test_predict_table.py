"""``fastavg predict`` on tables: part by part, as a whole, labels, probabilities, intervals."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from fastavg_cli.commands import predict_table as command
from fastavg_cli.commands.predict_table import Answers, parts_of, predict_table

from fastavg import ConfigError, load
from fastavg.data.readers import batches
from tests.cli.in_process import refused, run
from tests.models.tables import answers, classifier, regressor, table


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("predict")
    frame = table(150, seed=2)
    frame.to_parquet(folder / "new.parquet")
    frame.to_csv(folder / "new.csv", index=False)
    classifier(effort="fast").save(folder / "classes.safetensors")
    regressor(effort="fast").save(folder / "numbers.safetensors")
    return folder


def written(capsys):
    return list(csv.reader(io.StringIO(capsys.readouterr().out)))


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr(command, "ROWS", 40)
    monkeypatch.setattr(batches.in_batches, "__defaults__", (40,))


@pytest.mark.parametrize("name", ["new.parquet", "new.csv"])
@pytest.mark.usefixtures("small_parts")
def test_the_answers_of_the_whole_table(folder, name, capsys):
    model, frame = classifier(effort="fast").model_, table(150, seed=2)
    assert len(list(parts_of(folder / name, model))) == 4
    predict_table(model, folder / name, Answers())
    assert written(capsys) == [[label] for label in model.predict(frame)]
    predict_table(model, folder / name, Answers(probabilities=True))
    head, *rows = written(capsys)
    assert head == ["low", "middle", "top"]
    # BLAS may round the last rows of a part in another way than those before them.
    np.testing.assert_allclose(
        np.array(rows, float), model.predict_proba(frame), rtol=1e-5, atol=1e-7
    )


def test_intervals(folder):
    model, frame = regressor(effort="fast").model_, table(150, seed=2)
    code, out, err = run("predict", folder / "numbers.safetensors", folder / "new.parquet",
                         "--interval", 0.8)
    assert code == 0, err
    head, *rows = csv.reader(io.StringIO(out))
    assert head == ["prediction", "low", "high"]
    predicted = model.predict(frame)
    wanted = np.stack([predicted, *model.interval(predicted, 0.8)], axis=1)
    np.testing.assert_allclose(np.array(rows, float), wanted, rtol=1e-12)


def test_what_a_model_does_not_have(folder):
    assert "this model predicts classes" in refused(
        3, "predict", folder / "classes.safetensors", folder / "new.csv", "--interval", 0.9
    )
    for part, said in ((1.5, "coverage is 1.5"), (0, "coverage is 0")):
        assert said in refused(
            3, "predict", folder / "numbers.safetensors", folder / "new.csv", "--interval", part
        )
    with pytest.raises(ConfigError, match="only classes have probabilities"):
        predict_table(regressor().model_, folder / "new.csv", Answers(probabilities=True))


def test_a_column_for_each_quantile(folder):
    frame = table(150, seed=2).assign(price=answers(table(150, seed=2)))
    frame.to_parquet(folder / "houses.parquet")
    model = folder / "quantiles.safetensors"
    code, out, err = run(
        "train", folder / "houses.parquet", "--target", "price", "--effort", "fast", "--epochs", 3,
        "--set", "table.quantiles=0.1,0.5,0.9", "--output", model, "--quiet",
    )
    assert code == 0, err
    assert "test RMSE" in out
    code, out, _ = run("predict", model, folder / "houses.parquet")
    head, *rows = csv.reader(io.StringIO(out))
    assert head == ["q0.1", "q0.5", "q0.9"]
    np.testing.assert_allclose(
        np.array(rows, float), load(model).predict_quantiles(frame), rtol=1e-12
    )
    assert "quantiles of its own" in refused(
        3, "predict", model, folder / "houses.parquet", "--interval", 0.9
    )
