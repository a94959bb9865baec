"""What a person sees of a search: a line for each trial, and the best options."""

from __future__ import annotations

import shlex
from typing import Any

from fastavg.tuning.search import Tuned, shown
from fastavg.tuning.trial import FINISHED, Outcome

from .output import write_json, write_line, write_note

LEFT = 24


class TrialTable:
    """Lines for the trials of a search.

    Parameters
    ----------
    figure : str
        What the score is.
    json : bool
        True for JSON lines on standard output.
    quiet : bool
        True for the result alone.
    """

    def __init__(self, figure: str, json: bool, quiet: bool) -> None:
        self._figure, self._json, self._quiet = figure, json, quiet

    def trial(self, outcome: Outcome, best: Outcome | None) -> None:
        """Say what became of a trial.

        Parameters
        ----------
        outcome : Outcome
            The trial.
        best : Outcome or None
            The best one so far.
        """
        if self._json:
            write_json(record_of(outcome, "trial"))
        elif not self._quiet:
            write_note(trial_line(outcome, best, self._figure))

    def end(self, tuned: Tuned) -> None:
        """Show the best options.

        Parameters
        ----------
        tuned : Tuned
            The search's result.
        """
        if self._json:
            write_json({
                **record_of(tuned.best, "tuned"), "figure": self._figure,
                "trials": len(tuned.outcomes), "importance": tuned.importance,
                "path": str(tuned.path),
            })
            return
        for line in result_lines(tuned, self._figure):
            write_line(line)


def trial_line(outcome: Outcome, best: Outcome | None, figure: str) -> str:
    """One line about a trial.

    Parameters
    ----------
    outcome : Outcome
        The trial.
    best : Outcome or None
        The best one so far.
    figure : str
        What the score is.
    """
    said = f"{figure} {outcome.score:.5g}" if outcome.state == FINISHED else outcome.state
    so_far = f"  best {best.score:.5g} (trial {best.number})" if best is not None else ""
    tried = "  ".join(
        f"{name.rpartition('.')[2]}={shown(value)}" for name, value in outcome.options.items()
    )
    return f"trial {outcome.number}  {said}{so_far}  {outcome.seconds:.1f} s  {tried}"


def result_lines(tuned: Tuned, figure: str) -> list[str]:
    """The lines about a search's result.

    Parameters
    ----------
    tuned : Tuned
        The result.
    figure : str
        What the score is.
    """
    finished = sum(each.state == FINISHED for each in tuned.outcomes)
    lines = [
        f"{figure:<{LEFT}}{tuned.best.score:.5g}  (held-out rows, trial {tuned.best.number})",
        f"{'trials':<{LEFT}}{len(tuned.outcomes)}  ({finished} finished)",
    ]
    names = [*tuned.importance, *(tuned.best.options.keys() - tuned.importance.keys())]
    for name in names if tuned.importance else tuned.best.options:
        part = f"  ({tuned.importance[name]:.0%} of the differences)" if tuned.importance else ""
        lines.append(f"{name:<{LEFT}}{shown(tuned.best.options[name])}{part}")
    lines.append(f"{'to train with them':<{LEFT}}fastavg train --config "
                 f"{shlex.quote(str(tuned.path))}")
    return lines


def record_of(outcome: Outcome, event: str) -> dict[str, Any]:
    """A trial as a JSON object.

    Parameters
    ----------
    outcome : Outcome
        The trial.
    event : str
        Its event's name.
    """
    return {
        "event": event, "trial": outcome.number, "state": outcome.state, "score": outcome.score,
        "seconds": outcome.seconds, "options": outcome.options,
    }
