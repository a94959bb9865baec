"""The table at the end of training."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any, ClassVar

from fastavg import Committee, Model
from fastavg.training.observers.events import (
    CentersCombined,
    Event,
    Finished,
    Observer,
    RoundFinished,
    Started,
    WorkLost,
)
from fastavg.training.observers.history import History


@dataclass
class Summary(Observer):
    """Adds up a run.

    Parameters
    ----------
    history : History
        The rounds so far.
    started : Started or None
        What the run is; None before it starts.
    seconds : float
        Of the whole run; 0 before it ends.
    lost : int
        Steps of an asynchronous run that died with their process.
    combined : CentersCombined or None
        What combining the last centers has come to.
    """

    weights_at: ClassVar[str] = "block"

    history: History = field(default_factory=History)
    started: Started | None = None
    seconds: float = 0.0
    lost: int = 0
    combined: CentersCombined | None = None

    def on_start(self, event: Started) -> None:
        """Keep what the run is; see :meth:`Observer.on_start`."""
        self.started = event

    def on_round(self, event: RoundFinished) -> None:
        """Add a round; see :meth:`Observer.on_round`."""
        self.history.on_round(event)

    def on_finish(self, event: Finished) -> None:
        """Keep the seconds; see :meth:`Observer.on_finish`."""
        self.seconds = event.seconds

    def on_event(self, event: Event) -> None:
        """Count lost steps, keep the last combination; see :meth:`Observer.on_event`."""
        if isinstance(event, WorkLost):
            self.lost += event.steps
        elif isinstance(event, CentersCombined):
            self.combined = event

    def state_dict(self) -> dict[str, Any]:
        """The rounds so far, for a checkpoint."""
        return self.history.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from earlier rounds; see :meth:`Stateful.load_state_dict`."""
        self.history.load_state_dict(state)

    def record(
        self, model: Model | Committee, score: float | None, path: str | None
    ) -> dict[str, Any]:
        """The last JSON object of a run.

        Parameters
        ----------
        model : Model or Committee
            The trained network, or networks.
        score : float or None
            On the test rows, 0 to 1; None without test rows.
        path : str or None
            Where the model was saved.
        """
        assert self.started is not None
        last = self.history.records[-1]
        return {
            "event": "finished",
            "accuracy" if model.target != "number" else "r2": score,
            "loss": last.loss,
            "epochs": last.epoch,
            "rounds": len(self.history.records),
            "workers": self.started.plan.workers,
            "processes": self.started.processes,
            **({"members": len(model.models)} if isinstance(model, Committee) else {}),
            "ranks": self.started.ranks,
            "reproducible": self.started.plan.algorithm.reproducible,
            "lost_steps": self.lost,
            "seconds": self.seconds,
            "weights_sha256": hashlib.sha256(model.weights.tobytes()).hexdigest(),
            "model": path,
        }

    def lines(
        self, model: Model | Committee, score: float | None, test_rows: int, path: str | None
    ) -> list[str]:
        """The same for a person, and where the time went.

        Parameters
        ----------
        model : Model or Committee
            The trained network, or networks.
        score : float or None
            On the test rows, 0 to 1; None without test rows.
        test_rows : int
            Rows of the score.
        path : str or None
            Where the model was saved.
        """
        record, total = self.record(model, score, path), self.history.total
        seconds = max(self.seconds, 1e-9)
        # All networks of a committee are trained on as many rows as the first one.
        networks = len(model.models) if isinstance(model, Committee) else 1
        rows = networks * total("rows")
        training, kernels = total("training_seconds"), total("kernel_seconds")
        averaging, waiting = total("averaging_seconds"), total("waiting_seconds")
        inside = max(training + averaging + waiting, 1e-9)
        name = "test R²" if model.target == "number" else "test accuracy"
        value = "no test rows" if score is None else f"{score:.4f}"
        if score is not None and model.target != "number":
            value = f"{score:.2%}"
        if score is not None:
            value += f"  ({test_rows} rows)"
        table = [
            (name, value),
            ("training loss", f"{record['loss']:.4f}"),
            ("rounds", f"{record['rounds']}  ({record['epochs']:g} epochs)"),
            ("workers", f"{record['workers']}"),
            ("processes", f"{record['processes']}"),
            ("seconds", f"{seconds:.2f}"),
            ("  training", f"{training:.2f}"),
            ("  averaging", f"{averaging:.2f}"),
            ("  waiting", f"{waiting:.2f}"),
            ("outside kernels", f"{1 - kernels / inside:.1%} of a round"),
            ("speed", f"{rows / seconds:,.0f} rows/s"),
            ("", f"{rows * model.network.flops_per_row / seconds / 1e9:.1f} GFLOP/s"),
        ]
        if self.started is not None and self.started.ranks > 1:
            table.insert(5, ("ranks", f"{self.started.ranks}"))
        if networks > 1:
            table.insert(3, ("networks", f"{networks}, whose predictions are averaged"))
        if self.lost:
            table.append(("lost steps", f"{self.lost}"))
        if self.combined is not None:
            table.append(("combined centers", combined_words(self.combined)))
        if not record["reproducible"]:
            table.append(("same bits again", "no: the workers' timing decides"))
        if path:
            table.append(("model", path))
        return [f"{left:<18}{right}" for left, right in table]


def combined_words(event: CentersCombined) -> str:
    """What the final combination has come to.

    Parameters
    ----------
    event : CentersCombined
        Kind, scores, and whether it was taken.
    """
    scores = f"validation score {event.score:.4f} in place of {event.before:.4f}"
    if not event.taken:
        return f"not taken: {scores}"
    return f"{event.kind} mean of {event.centers}, {scores}"
