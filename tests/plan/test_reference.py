"""The reference page says what the fields say."""

from pathlib import Path

from fastavg.plan.reference import reference
from fastavg.plan.surfaces import entries

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "options.md"


def test_the_page_is_the_one_that_the_fields_make():
    # python -m fastavg.plan.reference > docs/reference/options.md
    assert PAGE.read_text() == reference()


def test_every_option_has_a_row():
    text = PAGE.read_text()
    for name in entries():
        assert f"| `{name}` |" in text
