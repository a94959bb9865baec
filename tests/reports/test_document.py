from __future__ import annotations

import html.parser

from fastavg.reports.document import Figure, Heading, Table, Text, markdown, page

BLOCKS = [
    Heading(1, "Seconds & more"), Text("Run `a < b` **twice**."),
    Table(("Name", "n"), [("one", "1"), ("two", "2")], "A table."),
    Figure("figure.svg", 'A "figure".'),
]


class Reader(html.parser.HTMLParser):
    """Collects tags and cells; knows that every tag is closed."""

    def __init__(self):
        super().__init__()
        self.open, self.cells, self.seen = [], [], []

    def handle_starttag(self, tag, attributes):
        self.seen.append((tag, dict(attributes)))
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "th"):
            self.cells.append(data)


def test_markdown():
    text = markdown(BLOCKS)
    assert text.startswith("# Seconds & more\n\nRun `a < b` **twice**.\n\n| Name | n |\n")
    assert "| two | 2 |\n\n*A table.*\n\n![A \"figure\".](figure.svg)" in text


def test_html_is_whole_and_escaped():
    text = page(BLOCKS)
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    assert reader.cells == ["Name", "n", "one", "1", "two", "2"]
    assert ("img", {"src": "figure.svg", "alt": 'A "figure".'}) in reader.seen
    assert "<code>a &lt; b</code> <strong>twice</strong>" in text
