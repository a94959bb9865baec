"""``python -m fastavg_cli``."""

from __future__ import annotations

import os
import sys

# Python searches the working folder first here; its json.py is not the one we mean.
if not sys.flags.safe_path and sys.path and sys.path[0] in ("", os.getcwd()):
    sys.path.append(sys.path.pop(0))

from .entry import main

if __name__ == "__main__":
    main()
