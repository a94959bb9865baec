"""``python -m bench.report``: the newest results as tables and plots of docs/measured/performance.

``python -m bench.report FILE`` takes another file, ``--print`` only prints the goals.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from bench.report import tables
from bench.report.beyond import beyond
from bench.report.records import newest
from bench.report.targets import must_reach, table

DOCS = Path(__file__).parents[2] / "docs" / "measured"
PAGE = DOCS / "performance.md"
BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"
PLOTS = ("Time of other libraries by fastavg's", "Share of the sgemm ceiling")
SECTIONS = (
    ("Goals", tables.goals), ("One core", tables.one_core), ("The ceiling", tables.ceilings),
    ("All cores", tables.all_cores), ("Beyond one core's float32", beyond),
    ("Rounds, memory, kernels", tables.system),
    ("Not measured", tables.missing),
)


def main() -> None:
    arguments = [word for word in sys.argv[1:] if word != "--print"]
    path = Path(arguments[0]) if arguments else newest()
    if path is None:
        sys.exit("no results are kept yet; pytest bench makes some")
    results = json.loads(path.read_text())
    print("\n".join(table(must_reach(results["measured"]))))
    if "--print" in sys.argv:
        return
    from bench.report.plots import draw

    plots = draw(results["measured"], DOCS)
    PAGE.write_text(with_measured(PAGE.read_text(), lines(results, path.name, plots)))
    print(f"{PAGE} holds {path.name}")


def lines(results: dict[str, Any], name: str, plots: list[str]) -> list[str]:
    """The generated part of the page."""
    about = results["machine"]
    versions = ", ".join(f"{library} {version}" for library, version in
                         sorted(results["versions"].items()))
    inherited = ", ".join(f"{key}={value}" for key, value in about["inherited"].items())
    loads = [record["load"] for record in results["measured"].values() if "load" in record]
    days = sorted({record["at"][:10] for record in results["measured"].values()})
    made = [
        f"{about['processor']} (family {about['family']}, model {about['model']}), "
        f"{about['cores']} cores, {about['memory_gb']} GB, {about['system']}, "
        f"Python {about['python']}; {versions}. Inherited settings of OpenBLAS: "
        f"{inherited or 'none'}. Measured {' and '.join(days)}, load average "
        f"{min(loads, default=0):.1f} to {max(loads, default=0):.1f}; "
        f"every turn is kept in `bench/results/{name}`.", "",
    ]
    for title, section in SECTIONS:
        if found := section(results["measured"]):
            made += [f"### {title}", "", *found]
            if title == "One core":
                for text, plot in zip(PLOTS, plots, strict=False):
                    made += [f"![{text}]({plot})", ""]
    return made


def with_measured(page: str, generated: list[str]) -> str:
    """The page with another generated part.

    Raises
    ------
    ValueError
        If the page has no marks to write between.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("the page has lost the marks that its figures stand between")
    return "".join([before, BEGIN, "\n", "\n".join(generated), "\n", END, after])


if __name__ == "__main__":
    main()
