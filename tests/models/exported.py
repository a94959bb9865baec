"""A Python file that a model was exported to, as the module that a user imports."""

from __future__ import annotations

import importlib.util
import sys


def loaded(path):
    """What the file's load() gives."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    # As import does; pickling what it defines finds it there.
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module.load()
