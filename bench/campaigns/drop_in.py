"""scikit-learn's MLP and ours with the same settings, on data sets that packages bring along.

    python -m bench.campaigns.drop_in measure     # about ten minutes
    python -m bench.campaigns.drop_in write       # turns it into docs/measured/drop-in.md
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from pathlib import Path
from statistics import mean, median
from typing import Any

import numpy as np
from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.neural_network import MLPRegressor as TheirRegressor
from threadpoolctl import threadpool_limits

import fastavg
from bench.campaigns.datasets import Problem, problems
from bench.report.ratios import geometric_mean
from bench.report.records import machine

SEEDS = 5
RECORD = Path(__file__).with_name("drop-in.json")
PAGE = Path(__file__).parents[2] / "docs" / "measured" / "drop-in.md"
KINDS = {
    "scikit-learn": (TheirClassifier, TheirRegressor, {}),
    "one worker": (fastavg.MLPClassifier, fastavg.MLPRegressor, {"processes": 1}),
    "four workers": (fastavg.MLPClassifier, fastavg.MLPRegressor,
                     {"workers": 4, "processes": 1, "average_every": 1}),
}


def measure(problem: Problem) -> dict[str, Any]:
    """Seconds of fit and score of the test rows, seed by seed, everybody in turn."""
    seconds: dict[str, list[float]] = {name: [] for name in KINDS}
    scores: dict[str, list[float]] = {name: [] for name in KINDS}
    elsewhere: list[float] = []
    for seed in range(SEEDS):
        X, X_test, y, y_test = problem.split(seed)
        for name, (classifier, regressor, more) in KINDS.items():
            model = (classifier if problem.classes else regressor)(random_state=seed, **more)
            began = time.perf_counter()
            model.fit(X, y)
            seconds[name].append(time.perf_counter() - began)
            scores[name].append(100 * float(model.score(X_test, y_test)))
            if name == "one worker":
                elsewhere.append(distance(model, X_test))
    return {
        "name": problem.name, "source": problem.source, "rows": len(problem.X),
        "features": int(problem.X.shape[1]), "classes": problem.classes,
        "seconds": seconds, "scores": scores, "elsewhere": max(elsewhere),
    }


def distance(model: Any, X: Any) -> float:
    """The largest difference of predictions as ONNX and as scikit-learn's own, relative to 1
    or to the largest prediction.
    """
    import onnxruntime

    method = "predict_proba" if hasattr(model, "predict_proba") else "predict"
    rows = np.asarray(X, np.float32)
    ours = np.asarray(getattr(model, method)(rows), float).reshape(len(X), -1)
    session = onnxruntime.InferenceSession(
        fastavg.to_onnx(model).SerializeToString(), providers=["CPUExecutionProvider"]
    )
    graph = session.run(None, {"X": rows})[-1].reshape(len(X), -1)
    theirs = getattr(fastavg.to_sklearn(model), method)(rows).reshape(len(X), -1)
    size = max(1.0, float(np.abs(ours).max()))
    return max(float(np.abs(other - ours).max()) for other in (graph, theirs)) / size


def write(record: dict[str, Any]) -> str:
    """The page."""
    about = record["machine"]
    lines = [
        "# Compared with scikit-learn's MLP", "",
        "This page compares the scores and the time of fastavg's and scikit-learn's MLP, both with",
        "the default settings (one hidden layer of 100 units, Adam, at most 200 epochs) and the",
        "same splits. Inputs are scaled to mean 0 and variance 1. Scores are accuracy, or 100 R²",
        f"of scaled targets, the mean over {SEEDS} seeds. Seconds are those of one `fit` in a warm",
        "process with one thread, the median; *faster* is the median ratio. Four workers share",
        "each batch of 200 rows, are averaged after every epoch, and run in one process here. The",
        "last column is the largest difference between our predictions and those that ONNX and",
        "scikit-learn's own estimator make with the same weights.", "",
        f"Measured on {about['processor']} (family {about['family']}, {about['cores']} cores) by "
        "`python -m bench.campaigns.drop_in measure`;",
        "this page by `python -m bench.campaigns.drop_in write`.", "",
        "| data | rows x features | scikit-learn | one worker | four workers | seconds: "
        "scikit-learn | one worker | faster | difference |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    ratios, ones, fours = [], [], []
    for each in record["problems"]:
        scores = {name: mean(values) for name, values in each["scores"].items()}
        seconds = each["seconds"]
        ratio = median(
            theirs / ours
            for theirs, ours in zip(seconds["scikit-learn"], seconds["one worker"], strict=True)
        )
        ratios.append(ratio)
        ones.append(scores["one worker"] - scores["scikit-learn"])
        fours.append(scores["four workers"] - scores["scikit-learn"])
        lines.append(
            f"| {each['name']} ({each['source']}) | {each['rows']:,} x {each['features']} | "
            f"{scores['scikit-learn']:.2f} | {scores['one worker']:.2f} | "
            f"{scores['four workers']:.2f} | {median(seconds['scikit-learn']):.3f} | "
            f"{median(seconds['one worker']):.3f} | {ratio:.2f} | {each['elsewhere']:.0e} |"
        )
    lines += [
        "",
        f"Over all {len(ratios)}: one worker {mean(ones):+.2f} points, four workers "
        f"{mean(fours):+.2f} points; {geometric_mean(ratios):.2f} times faster in the geometric "
        f"mean, {min(ratios):.2f} at least.", "",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["measure", "write"])
    if parser.parse_args().what == "measure":
        warnings.simplefilter("ignore")
        fastavg.MLPClassifier(max_iter=1).fit(np.eye(4), [0, 1, 0, 1])
        found = []
        with threadpool_limits(1):
            for problem in problems():
                found.append(measure(problem))
                seconds = {name: median(each) for name, each in found[-1]["seconds"].items()}
                print(problem.name, {k: round(v, 4) for k, v in seconds.items()}, flush=True)
        RECORD.write_text(json.dumps({"machine": machine(), "problems": found}, indent=1) + "\n")
    PAGE.write_text(write(json.loads(RECORD.read_text())))


if __name__ == "__main__":
    main()
