"""Tables on a terminal."""

from fastavg_cli.terminal.text_table import text_table

from fastavg.reports.document import Table


def test_columns_stand_under_each_other_and_headers_take_several_lines():
    rows = [("one", "1", "2"), ("eleven", "22", "3")]
    table = Table(("Name", "Very long header", "n"), rows, "C.")
    assert text_table(table) == [
        "C.", "", "          Very", "          long", "  Name  header  n", "   one       1  2",
        "eleven      22  3",
    ]


def test_a_long_caption_is_wrapped_at_100_characters():
    lines = text_table(Table(("a",), [("1",)], "word " * 50))
    caption = lines[: lines.index("")]
    assert len(caption) == 3
    assert max(map(len, caption)) <= 100
    assert " ".join(caption) == ("word " * 50).strip()
