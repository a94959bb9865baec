"""A report as a list of blocks, and its two forms: Markdown and HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

from fastavg.reports.page_style import STYLE


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is the title.

    Parameters
    ----------
    level : int
        From 1, the title.
    text : str
        With ``code`` and **strong** words as in Markdown.
    """

    level: int
    text: str


@dataclass(frozen=True)
class Text:
    """A paragraph; ``code`` and **strong** words as in Markdown.

    Parameters
    ----------
    text : str
        With ``code`` and **strong** words as in Markdown.
    """

    text: str


@dataclass(frozen=True)
class Table:
    """A table; the first column holds names, the others numbers.

    Parameters
    ----------
    header : tuple of str
        One name for each column.
    rows : sequence of sequence of str
        The cells, row by row.
    caption : str
        What the table shows.
    shades : sequence of sequence of float
        How dark the background of each cell is, from 0 to 1, without the first column; empty
        for none.
    words : bool
        True if all columns hold words.
    """

    header: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    caption: str
    shades: Sequence[Sequence[float]] = ()
    words: bool = False


@dataclass(frozen=True)
class Figure:
    """A drawing in a file beside the report.

    Parameters
    ----------
    file : str
        Name of the drawing, relative to the report.
    caption : str
        What the drawing shows.
    """

    file: str
    caption: str


@dataclass(frozen=True)
class Drawing:
    """A drawing inside the page.

    Parameters
    ----------
    svg : str
        The drawing, as of :mod:`fastavg.reports.charts`.
    caption : str
        What the drawing shows, and which rows it is from.
    """

    svg: str
    caption: str


@dataclass(frozen=True)
class Verdict:
    """The one figure that a page is about.

    Parameters
    ----------
    figure : str
        The figure.
    text : str
        What it is, in a sentence.
    """

    figure: str
    text: str


@dataclass(frozen=True)
class Warnings:
    """Sentences that a reader must not miss.

    Parameters
    ----------
    sentences : sequence of str
        At least one.
    """

    sentences: Sequence[str]


Block = Heading | Text | Table | Figure | Drawing | Verdict | Warnings


def markdown(blocks: Sequence[Block]) -> str:
    """The report as Markdown.

    Parameters
    ----------
    blocks : sequence of Block
        Headings, paragraphs, tables and figures, from top to bottom.

    Examples
    --------
    >>> print(markdown([Heading(1, "Title"), Table(("a", "b"), [("x", "1")], "Numbers")]))
    # Title
    <BLANKLINE>
    | a | b |
    | --- | ---: |
    | x | 1 |
    <BLANKLINE>
    *Numbers*
    <BLANKLINE>
    """
    parts = []
    for block in blocks:
        if isinstance(block, Heading):
            parts.append(f"{'#' * block.level} {block.text}")
        elif isinstance(block, Text):
            parts.append(block.text)
        elif isinstance(block, Verdict):
            parts.append(f"**{block.figure}** {block.text}")
        elif isinstance(block, Warnings):
            parts.append("\n".join(f"- {sentence}" for sentence in block.sentences))
        elif isinstance(block, Drawing):
            # Drawings inside a page have no place in text; what they show is in the figures.
            parts.append(f"*{block.caption}*")
        elif isinstance(block, Figure):
            parts.append(f"![{block.caption}]({block.file})\n\n*{block.caption}*")
        else:
            rule = ["---"] + ["---:"] * (len(block.header) - 1)
            lines = [block.header, rule, *block.rows]
            table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
            parts.append(f"{table}\n\n*{block.caption}*")
    return "\n\n".join(parts) + "\n"


def page(blocks: Sequence[Block]) -> str:
    """The report as one HTML page.

    Parameters
    ----------
    blocks : sequence of Block
        Headings, paragraphs, tables and figures, from top to bottom.
    """
    title = next((block.text for block in blocks if isinstance(block, Heading)), "Report")
    body = "\n".join(_elements(blocks))
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_inline(title)}</title>\n<style>{STYLE}</style>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _elements(blocks: Sequence[Block]) -> list[str]:
    # Drawings that follow each other stand side by side where there is room.
    made: list[str] = []
    for at, block in enumerate(blocks):
        drawn = isinstance(block, Drawing)
        if drawn and not (at and isinstance(blocks[at - 1], Drawing)):
            made.append('<div class="figures">')
        made.append(_element(block))
        if drawn and not (at + 1 < len(blocks) and isinstance(blocks[at + 1], Drawing)):
            made.append("</div>")
    return made


def _element(block: Block) -> str:
    if isinstance(block, Heading):
        return f"<h{block.level}>{_inline(block.text)}</h{block.level}>"
    if isinstance(block, Text):
        return f"<p>{_inline(block.text)}</p>"
    if isinstance(block, Figure):
        return (
            f'<figure><img src="{block.file}" alt="{html.escape(block.caption)}">'
            f"<figcaption>{_inline(block.caption)}</figcaption></figure>"
        )
    if isinstance(block, Drawing):
        return (
            f"<figure>{block.svg}<figcaption>{_inline(block.caption)}</figcaption></figure>"
        )
    if isinstance(block, Verdict):
        return f'<p class="big">{_inline(block.figure)}</p>\n<p>{_inline(block.text)}</p>'
    if isinstance(block, Warnings):
        sentences = "".join(f"<li>{_inline(each)}</li>" for each in block.sentences)
        return f'<ul class="warnings">{sentences}</ul>'
    head = "".join(f"<th>{_inline(cell)}</th>" for cell in block.header)
    rows = "\n".join(_row(block, at) for at in range(len(block.rows)))
    kind = ' class="words"' if block.words else ""
    return (
        f'<div class="wide"><table{kind}><caption>{_inline(block.caption)}</caption>\n'
        f"<tr>{head}</tr>\n{rows}\n</table></div>"
    )


def _row(table: Table, at: int) -> str:
    cells = [f"<td>{_inline(cell)}</td>" for cell in table.rows[at]]
    if table.shades:
        cells[1:] = [
            f'<td class="shaded" style="--v:{shade:.2f}">{_inline(cell)}</td>'
            for cell, shade in zip(table.rows[at][1:], table.shades[at], strict=True)
        ]
    return f"<tr>{''.join(cells)}</tr>"


def _inline(text: str) -> str:
    text = html.escape(text, quote=False)
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
    return re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", text)
