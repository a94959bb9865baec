"""Test accuracy of plain networks: digits with and without deformations, committees, Fashion-MNIST.

    python -m bench.campaigns.accuracy deformed  --out accuracy --seconds 460    until it says done
    python -m bench.campaigns.accuracy plain     --out accuracy --seconds 460
    python -m bench.campaigns.accuracy committee --out accuracy --seconds 460
    python -m bench.campaigns.accuracy fashion   --out accuracy --seconds 460
    python -m bench.campaigns.accuracy table     --out accuracy

Each call goes on where the last one ended: a split that is complete is a line in a file of
``--out``, and one that is not goes on from its checkpoint, with the bits of an
undisturbed run.  The seconds of a split are those of its rounds, without the time between calls.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import mean, stdev
from typing import Any, ClassVar

import numpy as np
from sklearn.model_selection import train_test_split

from fastavg import Execution, Model, Network, Plan, train, train_committee
from fastavg.datasets import load_digits5k
from fastavg.plan.profiles import deep_big_simple
from fastavg.training.observers.events import Observer

TARGET = 0.9


@dataclass(frozen=True)
class Case:
    """What is trained on every split.

    Parameters
    ----------
    network : Network
        The layers.
    plan : Plan
        Its seed becomes the split's.
    members : int
        Networks whose predictions are averaged.
    splits : int
        How many.
    bar : float
        The accuracy that is asked for.
    """

    network: Network
    plan: Plan
    members: int = 1
    splits: int = 5
    bar: float = 0.0


def cases() -> dict[str, Case]:
    """Every case by its name."""
    digits = deep_big_simple()
    small = Network((400, 800, 400, 10))
    tamed = {"regularization": {"dropout": 0.5, "input_dropout": 0.2},
             "loss": {"name": "cross_entropy", "label_smoothing": 0.1}}
    adam = {"name": "adam", "learning_rate": 1.6e-3, "schedule": "cosine"}
    return {
        "deformed": Case(digits.network(400, 10), digits.plan, bar=0.985),
        "plain": Case(small, Plan(
            epochs=60, batch_size=32, average_every=0.25, init="he", solver=adam, **tamed,
        ), bar=0.957),
        "committee": Case(
            digits.network(400, 10), replace(digits.plan, workers=1, epochs=300), 7, bar=0.988
        ),
        "fashion": Case(Network((784, 1000, 500, 10)), Plan(
            workers=2, epochs=200, batch_size=64, average_every=0.25, init="he",
            products="auto", loss=tamed["loss"],
            solver={**adam, "name": "adamw", "learning_rate": 1e-3, "weight_decay": 0.1},
            regularization={"dropout": 0.3, "input_dropout": 0.1},
        ), splits=1, bar=0.908),
    }


class SliceEnded(Exception):
    """The seconds of this call are over."""


@dataclass
class Slice(Observer):
    """Ends a call in time; keeps the seconds of the rounds, and when the target was reached.

    Parameters
    ----------
    network : Network
        What is trained.
    X, y : arrays
        Test rows.
    until : float
        When the call has to end, by ``time.monotonic``.
    follow : bool
        Whether accuracy is measured after every pass.
    """

    network: Network
    X: Any
    y: Any
    until: float
    follow: bool = False
    seconds: float = 0.0
    passes: int = 0
    reached: float | None = None
    last: float = field(default_factory=time.monotonic)
    over: bool = False
    weights_at: ClassVar[str] = "epoch"

    def on_round(self, event: Any) -> None:
        """Count the time since the last round; leave where the call is over."""
        if self.over:
            # The pass before this round is committed: every call goes on by one at least.
            raise SliceEnded
        now = time.monotonic()
        self.seconds += now - self.last
        if event.epoch >= self.passes + 1 - 1e-9:
            self.passes = int(event.epoch + 1e-9)
            if self.follow and self.reached is None and self._score(event) >= TARGET:
                self.reached = self.seconds
            self.over = now > self.until
        # Predicting test rows is no training.
        self.last = time.monotonic()

    def _score(self, event: Any) -> float:
        model = Model(self.network, np.array(event.weights()), np.unique(self.y))
        return float(model.score(self.X, self.y))

    def state_dict(self) -> dict[str, Any]:
        """For a checkpoint."""
        return {"seconds": self.seconds, "passes": self.passes, "reached": self.reached}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on as if the run had never been interrupted."""
        self.seconds, self.passes = state["seconds"], state["passes"]
        self.reached, self.last = state["reached"], time.monotonic()


def rows_of(name: str, split: int) -> tuple[Any, Any, Any, Any]:
    """Training rows and their targets, test rows and theirs."""
    if name == "fashion":
        from bench.fashion_mnist import MEAN, SPREAD, test_rows, training_rows

        (X, y), (X_test, y_test) = training_rows(), test_rows()
        # The background is 0, as in the other images.
        return X * SPREAD + MEAN, y, X_test * SPREAD + MEAN, y_test
    X, y = load_digits5k()
    X, X_test, y, y_test = train_test_split(X, y, test_size=0.3, stratify=y, random_state=split)
    return X, y, X_test, y_test


def one_split(name: str, case: Case, split: int, folder: Path, until: float) -> dict[str, Any]:
    """Train a split to its end.

    Raises
    ------
    SliceEnded
        If there is no time left; a checkpoint is.
    """
    X, y, X_test, y_test = rows_of(name, split)
    watch = Slice(case.network, X_test, y_test, until, follow=name == "fashion")
    execution = Execution(
        checkpoint=folder / f"{name}-{split}.checkpoint", checkpoint_every="15s", resume="auto",
        observers=(watch,),
    )
    plan = replace(case.plan, seed=split)
    if case.members > 1:
        made: Any = train_committee(
            case.network, X, y, plan, n_members=case.members, execution=execution
        )
    else:
        made = train(case.network, X, y, plan, execution=execution)
    return {
        "case": name, "split": split, "accuracy": made.score(X_test, y_test),
        "members": [each.score(X_test, y_test) for each in getattr(made, "models", ())],
        "seconds": watch.seconds, f"seconds to {TARGET:.0%}": watch.reached,
    }


def finished(folder: Path, name: str) -> list[dict[str, Any]]:
    """The complete splits of a case."""
    path = folder / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def run(name: str, case: Case, folder: Path, seconds: float) -> bool:
    """Train what is left of a case; False if the seconds have not been enough."""
    until, done = time.monotonic() + seconds, {each["split"] for each in finished(folder, name)}
    folder.mkdir(parents=True, exist_ok=True)
    for split in sorted(set(range(case.splits)) - done):
        try:
            found = one_split(name, case, split, folder, until)
        except SliceEnded:
            return False
        with open(folder / f"{name}.jsonl", "a") as file:
            file.write(f"{json.dumps(found)}\n")
        sys.stdout.write(f"{json.dumps(found)}\n")
        for left in folder.glob(f"{name}-{split}.checkpoint*"):
            left.unlink()
    return True


def table(folder: Path, known: dict[str, Case]) -> str:
    """All cases as Markdown."""
    lines = [
        "| case | splits | mean accuracy, % | standard error | bar, % | seconds a split "
        f"| seconds to {TARGET:.0%} |", "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, case in known.items():
        rows = finished(folder, name)
        if not rows:
            continue
        found = [100 * each["accuracy"] for each in rows]
        error = stdev(found) / len(found) ** 0.5 if len(found) > 1 else float("nan")
        reached = rows[0][f"seconds to {TARGET:.0%}"]
        lines.append(
            f"| {name} | {len(found)} | {mean(found):.2f} | {error:.2f} | {100 * case.bar:.1f} | "
            f"{mean(each['seconds'] for each in rows):.0f} | "
            f"{'' if reached is None else format(reached, '.0f')} |"
        )
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    known = cases()
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("case", choices=[*known, "table"])
    parser.add_argument("--out", type=Path, default=Path("accuracy"))
    parser.add_argument("--seconds", type=float, default=460.0)
    asked = parser.parse_args(arguments)
    if asked.case == "table":
        sys.stdout.write(table(asked.out, known))
        return 0
    whole = run(asked.case, known[asked.case], asked.out, asked.seconds)
    sys.stdout.write("done\n" if whole else "not done; the same command goes on\n")
    return 0 if whole else 3


if __name__ == "__main__":
    sys.exit(main())
