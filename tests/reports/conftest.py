import pytest

from tests.reports.browser import running
from tests.reports.runs import plain_folder, table_folder


@pytest.fixture(scope="session")
def run_folders(tmp_path_factory):
    """Runs of a table with classes, of one with numbers, and of a plain network."""
    place = tmp_path_factory.mktemp("reported")
    return {
        "class": table_folder(place, "dear"), "number": table_folder(place, "price"),
        "plain": plain_folder(place),
    }


@pytest.fixture(scope="module")
def browser():
    """Chromium; skipped where there is none."""
    with running() as found:
        yield found
