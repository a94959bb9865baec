"""A report's table for a terminal."""

from __future__ import annotations

from textwrap import wrap

from fastavg.reports.document import Table

WIDTH = 100


def text_table(table: Table) -> list[str]:
    """Lines with columns set under each other; headers take several lines.

    Parameters
    ----------
    table : Table
        Header, rows and caption.
    """
    rows = [list(row) for row in table.rows]
    widths = [
        max(*(len(row[place]) for row in rows), *(len(word) for word in name.split()))
        for place, name in enumerate(table.header)
    ]
    names = [wrap(name, width) for name, width in zip(table.header, widths, strict=True)]
    height = max(len(name) for name in names)
    head = [[*[""] * (height - len(name)), *name] for name in names]
    lines = [list(line) for line in zip(*head, strict=True)] + rows
    return [
        *wrap(table.caption, WIDTH), "",
        *("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
          for line in lines),
    ]
