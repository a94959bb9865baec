"""Options of training on a table: which columns are used for what, and how much effort."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastavg.errors import ConfigError
from fastavg.options import check_options, one_of, option, optional, whole


@dataclass(frozen=True)
class TableOptions:
    """Columns of a table and what they are for; and how many networks are trained.

    Parameters
    ----------
    effort : str
        Networks for a table: ``fast``: one; ``default``: five; ``best``: twenty.
    members : int, optional
        Number of networks for a table; if not given, that of the effort.
    features : tuple of str
        Columns to learn from, such as age,town; if not given, all.
    ignore : tuple of str
        Columns to leave out, such as name,ticket.
    categorical : tuple of str
        Columns of numbers that are categories.
    id : str, optional
        Column that identifies a row; it is not learned from.
    group : str, optional
        Column whose equal values stay together whenever rows are split.
    columns : str or path, optional
        TOML file with the kind of every column, as ``--print-columns`` writes it.
    test : str or path, optional
        File with test rows, instead of a part of the table.
    cv : int, optional
        Folds of a cross-validation; that many models are trained, each is tested on the rows that
        it was not trained on, and the model that is kept is trained on all rows.
    threshold : float or str, optional
        For two classes: the probability above which the second one is predicted, or the metric for
        which it is chosen on held-out rows: accuracy, balanced_accuracy, f1, jaccard or matthews.
    quantiles : tuple of float
        For numbers: the quantiles to be predicted instead of the mean, such as 0.05,0.5,0.95;
        figures are those of the middle one.
    embedding : int, optional
        Size of the trained embedding of each number, of its bins, and of each category; 0 for none;
        if not given, that of the effort.
    submodels : int, optional
        Submodels that each network trains together, as TabM-mini does; if not given, that of the
        effort.
    scaling : bool, optional
        Whether every embedded number has a trained factor of its own, whose learning rate is
        multiplied by ``solver.rates.scaling``; no if not given.
    data_start : bool, optional
        Whether the first weights of hidden layers are scaled, and their kinks placed, by the
        training rows; no if not given.
    bad_rows : str
        Rows with too few or too many values: ``stop`` at the first, or ``skip`` and list them.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Examples
    --------
    >>> TableOptions(ignore="name,ticket").ignore
    ('name', 'ticket')
    """

    effort: str = option(
        "default", check=one_of("fast", "default", "best"), flag="--effort",
        help="Networks for a table: fast is one, default five, best twenty",
    )
    members: int | None = option(None, check=optional(whole(1)), flag="--members")
    features: str | tuple[str, ...] = option((), flag="--features")
    ignore: str | tuple[str, ...] = option((), flag="--ignore")
    categorical: str | tuple[str, ...] = option((), flag="--categorical")
    id: str | None = option(None, flag="--id")
    group: str | None = option(None, flag="--group")
    columns: str | Path | None = option(None, flag="--columns")
    test: str | Path | None = option(None, flag="--test")
    cv: int | None = option(None, check=optional(whole(2)), flag="--cv")
    threshold: float | str | None = option(None, flag="--threshold")
    quantiles: str | tuple[float, ...] = option(())
    embedding: int | None = option(None, check=optional(whole(0)))
    submodels: int | None = option(None, check=optional(whole(1)))
    scaling: bool | None = option(None, check=optional(one_of(True, False)))
    data_start: bool | None = option(None, check=optional(one_of(True, False)))
    bad_rows: str = option(
        "stop", check=one_of("stop", "skip"), flag="--bad-rows",
        help="Rows with too few or too many values: stop at the first, or skip and list them",
    )

    def __post_init__(self) -> None:
        for name in ("features", "ignore", "categorical"):
            object.__setattr__(self, name, names_in(getattr(self, name)))
        given: Any = self.quantiles
        given = names_in(given) if isinstance(given, str) else given
        given = (given,) if isinstance(given, float) else given
        try:
            object.__setattr__(self, "quantiles", tuple(float(each) for each in given))
        except (TypeError, ValueError):
            raise ConfigError(
                f"quantiles is {self.quantiles!r}; it must be numbers such as 0.05,0.5,0.95"
            ) from None
        check_options(self)


def names_in(given: Any) -> tuple[str, ...]:
    """The names in a list, or between commas.

    Parameters
    ----------
    given : str or sequence
        Names between commas, or one by one.

    Examples
    --------
    >>> names_in("age, town"), names_in(["a,b"]), names_in("")
    (('age', 'town'), ('a,b',), ())
    """
    if isinstance(given, str):
        given = [part.strip() for part in given.split(",") if part.strip()]
    return tuple(str(name) for name in given)
