"""The reliability campaign: every figure of docs/guide/reliability, measured in full.

``python -m tests.faults.campaign`` runs everything; ``... campaign kill resume`` some of
it; ``--part 0.1`` a tenth of the repetitions; ``--record FILE`` keeps the figures as
JSON.  Each line of output is a row of the table.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.faults.enduring import cost, fits
from tests.faults.files import checkpoint, damage, resume
from tests.faults.killing import interrupt, kill, parent
from tests.faults.killing_blocks import blocks
from tests.faults.rows import keep

CAMPAIGNS = {each.__name__: each for each in (
    kill, blocks, parent, interrupt, checkpoint, damage, resume, fits, cost,
)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*CAMPAIGNS, []], help=", ".join(CAMPAIGNS))
    parser.add_argument("--part", type=float, default=1.0, help="part of the repetitions")
    parser.add_argument("--record", type=Path, help="a JSON file for the figures")
    options = parser.parse_args()
    print("| property | promise | measured | |\n| --- | --- | --- | --- |", flush=True)
    reached = []
    for name in options.names or CAMPAIGNS:
        reached.append(CAMPAIGNS[name](options.part))
        if options.record:
            keep(options.record)
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
