"""A report as a list of blocks, and its two forms: Markdown and HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
       color: #1f2328; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid #d0d7de; padding: .3rem .8rem; text-align: right; }
th:first-child, td:first-child { text-align: left; }
img { max-width: 100%; }
figcaption, caption { color: #57606a; text-align: left; caption-side: bottom; font-size: 14px; }
"""


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
    """

    header: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    caption: str


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


Block = Heading | Text | Table | Figure


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
    body = "\n".join(_element(block) for block in blocks)
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        f"<title>{_inline(title)}</title>\n<style>{STYLE}</style>\n<body>\n{body}\n</body>\n</html>\n"
    )


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
    head = "".join(f"<th>{_inline(cell)}</th>" for cell in block.header)
    rows = "\n".join(
        f"<tr>{''.join(f'<td>{_inline(cell)}</td>' for cell in row)}</tr>" for row in block.rows
    )
    return (
        f"<table><caption>{_inline(block.caption)}</caption>\n"
        f"<tr>{head}</tr>\n{rows}\n</table>"
    )


def _inline(text: str) -> str:
    text = html.escape(text, quote=False)
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
    return re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", text)
