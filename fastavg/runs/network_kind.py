"""Whether networks for tables are to be trained, or a plain network."""

from __future__ import annotations

from fastavg.data.readers.by_suffix import expand
from fastavg.data.readers.suffixes import has_named_columns
from fastavg.plan.profiles import Config

CHECKPOINTS = ("checkpoint", "checkpoint_every", "resume")
# Options that networks for tables have; with any other one, a plain network is trained.
KNOWN = {
    "data": {"file", "target", "kind", "test_size", "scale", "weights", "rows_from"},
    "table": None, "network": {"hidden", "activation"}, "seed": None, "workers": None,
    "epochs": None, "batch_size": None, "solver": {
        "learning_rate", "beta_2", "schedule", "weight_decay", "rates", "decays", "fan_in_power",
        "decay_schedule",
    },
    "regularization": {"l2", "dropout"}, "execution": {"processes", "communicator", *CHECKPOINTS},
}


def is_table(given: Config, preset: str | None) -> bool:
    """True if networks for tables are to be trained.

    Parameters
    ----------
    given : dict
        Options in the form of a configuration file.
    preset : str or None
        The preset that was asked for.
    """
    if preset is not None:
        return preset == "tabular"
    path = given.get("data", {}).get("file")
    if path is None or not has_named_columns(expand(path)[0]):
        return False
    return not unknown_options(given)


def unknown_options(given: Config) -> list[str]:
    """The given options that networks for tables do not have.

    Parameters
    ----------
    given : dict
        Options in the form of a configuration file.
    """
    found = []
    for name, value in given.items():
        inner = KNOWN.get(name, set())
        if inner is None:
            continue
        parts = value if isinstance(value, dict) else {"name": value}
        found += [f"{name}.{part}" for part in parts if part not in inner]
    return found
