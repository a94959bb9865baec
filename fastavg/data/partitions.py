"""How the rows of a data set are cut into the parts that stay with one worker each."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from fastavg.errors import ConfigError


@dataclass(frozen=True)
class Cut:
    """The rows of every part, and which parts are here.

    Parts follow each other in the data set; part k belongs to worker k, wherever it runs.

    Parameters
    ----------
    sizes : tuple of int
        Rows of every part, of all ranks; one part for each worker.
    held : range
        The parts whose rows are in this rank's memory, or in files that it reads.

    Raises
    ------
    ConfigError
        If a part has no rows.

    Examples
    --------
    >>> cut = Cut((3, 2, 2), range(1, 3))
    >>> cut.n_rows, cut.held_rows, cut.start(2)
    (7, 4, 2)
    """

    sizes: tuple[int, ...]
    held: range

    def __post_init__(self) -> None:
        for part, size in enumerate(self.sizes):
            if size < 1:
                raise ConfigError(
                    f"part {part} of {len(self.sizes)} has no rows; every worker needs some of "
                    "its own, so fewer workers would do"
                )

    @property
    def n_rows(self) -> int:
        """Rows of all parts."""
        return sum(self.sizes)

    @property
    def held_rows(self) -> int:
        """Rows of the parts that are here."""
        return sum(self.sizes[part] for part in self.held)

    def start(self, part: int) -> int:
        """Number of the first row of a part, among the rows that are here.

        Parameters
        ----------
        part : int
            Which part, one of ``held``.
        """
        return sum(self.sizes[each] for each in range(self.held.start, part))


def even_cut(n_rows: int, parts: int) -> Cut:
    """Parts of consecutive rows whose lengths differ by one at most, all of them here.

    Parameters
    ----------
    n_rows : int
        Rows of the data set.
    parts : int
        Number of parts.

    Raises
    ------
    ConfigError
        If there are more parts than rows.

    Examples
    --------
    >>> even_cut(7, 3).sizes
    (2, 2, 3)
    """
    if parts > n_rows:
        raise ConfigError(
            f"{parts} workers cannot share {n_rows} training rows; {n_rows} workers or fewer can"
        )
    ends = [n_rows * part // parts for part in range(parts + 1)]
    sizes = tuple(stop - start for start, stop in itertools.pairwise(ends))
    return Cut(sizes, range(parts))
