"""Checkpoints: the committed state of a run as a file, and whether it is this run's.

A checkpoint is a :mod:`fastavg.models.tensor_file`.  Beside the state it holds the run's
identity: network, plan and a digest of the training rows.  Going on with anything
else would be neither the old run nor a new one, so it is refused.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np

from fastavg.communicators import Communicator
from fastavg.errors import ConfigError, DataError, FileDamaged
from fastavg.models.tensor_file import Tensors, pack, read, unpack
from fastavg.networks.custom import Custom
from fastavg.training.checkpoints.state import State
from fastavg.training.run import Run
from fastavg.version import VERSION

FORMAT = 2
Identity = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Checkpoint:
    """A state, the identity of its run, and whether training was over.

    Parameters
    ----------
    state : State
        What the next round starts from.
    identity : dict
        Of :func:`identity`.
    finished : bool
        True if no round is to follow.
    """

    state: State
    identity: Identity
    finished: bool = False


def identity(run: Run, communicator: Communicator) -> Identity:
    """What decides the result, as plain values: network, plan and rows.

    Parameters
    ----------
    run : Run
        Network, plan, rows and first weights.
    communicator : Communicator
        Between ranks; all of them call if each has its own parts of the rows.
    """
    from fastavg.training.checkpoints.rows_digest import rows_digest

    plain: Identity = json.loads(json.dumps({
        "network": run.network.as_dict(),
        "plan": _plain(run.plan),
        "rows": {"number": run.n_rows, "sha256": rows_digest(run, communicator)},
    }))
    return plain


def differences(found: Any, ours: Any, name: str = "") -> list[str]:
    """The fields in which two identities differ, as ``name: theirs, here ours``.

    Parameters
    ----------
    found : dict
        The identity in a file.
    ours : dict
        That of the run at hand.
    name : str
        Where both stand in the whole identity; empty for all of it.

    Examples
    --------
    >>> differences({"plan": {"seed": 1, "l2": 0.0}}, {"plan": {"seed": 2, "l2": 0.0}})
    ['plan.seed is 1 there and 2 here']
    """
    if isinstance(found, dict) and isinstance(ours, dict):
        lines = []
        for key in sorted(found.keys() | ours.keys()):
            inner = f"{name}.{key}" if name else key
            lines += differences(found.get(key), ours.get(key), inner)
        return lines
    if found == ours:
        return []
    return [f"{name} is {_short(found)} there and {_short(ours)} here"]


def check_identity(checkpoint: Checkpoint, ours: Identity, path: str | Path) -> None:
    """Refuse another run's checkpoint.

    Parameters
    ----------
    checkpoint : Checkpoint
        As it was read.
    ours : dict
        :func:`identity` of the run at hand.
    path : str or Path
        For messages.

    Raises
    ------
    ConfigError
        If network, plan or rows differ; names the fields.
    """
    different = differences(checkpoint.identity, ours)
    if different:
        longer = all(each.startswith("plan.epochs ") for each in different)
        hint = (
            "; --start-from MODEL, in Python train(load(MODEL), X, y, plan), trains a finished "
            "model further"
        )
        raise ConfigError(
            f"{path} belongs to another run: {'; '.join(different)}{hint if longer else ''}"
        )


def to_bytes(checkpoint: Checkpoint) -> bytes:
    """A checkpoint as the bytes of a file.

    Parameters
    ----------
    checkpoint : Checkpoint
        What to write.
    """
    state = checkpoint.state
    meaning = {
        "checkpoint": FORMAT,
        "fastavg": VERSION,
        "rounds": state.rounds,
        "finished": checkpoint.finished,
        "identity": checkpoint.identity,
        # Apart, for losses may be infinite and plain JSON knows no such number.
        "listeners": json.dumps(state.listeners, default=_encoded),
    }
    tensors: Tensors = {"center": state.center, "rule": state.rule, "own": state.own}
    return pack(tensors, meaning)


def from_bytes(data: bytes, path: str | Path) -> Checkpoint:
    """A checkpoint from the bytes of a file; ``path`` is for messages.

    Parameters
    ----------
    data : bytes
        Of :func:`to_bytes`.
    path : str or Path
        For messages.

    Raises
    ------
    FileDamaged, DataError
        As :func:`load_checkpoint`.
    """
    return _meant(*unpack(data, path), path)


def load_checkpoint(path: str | Path) -> Checkpoint:
    """Read a checkpoint.

    Parameters
    ----------
    path : str or Path
        The file.

    Raises
    ------
    DataError
        If there is no such file, or it is a newer fastavg's, or a model.
    FileDamaged
        If a single byte is not as it was written.
    """
    return _meant(*read(path), path)


def _meant(tensors: Tensors, meaning: dict[str, Any], path: str | Path) -> Checkpoint:
    if "checkpoint" not in meaning:
        raise DataError(f"{path} is no checkpoint; --resume takes what --checkpoint wrote")
    if meaning["checkpoint"] != FORMAT:
        raise DataError(
            f"{path} has checkpoint format {meaning['checkpoint']} of fastavg "
            f"{meaning.get('fastavg')}; this one reads format {FORMAT}"
        )
    try:
        state = State(
            rounds=int(meaning["rounds"]),
            center=tensors["center"],
            rule=tensors["rule"],
            own=tensors["own"],
            listeners=dict(json.loads(meaning["listeners"], object_hook=_decoded)),
        )
        return Checkpoint(state, dict(meaning["identity"]), bool(meaning["finished"]))
    except (KeyError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
        raise FileDamaged(f"{path} holds no checkpoint: {error}") from None


def _encoded(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return {"array": value.dtype.str, "shape": value.shape, "hex": value.tobytes().hex()}
    return dataclasses.asdict(value)


def _decoded(value: dict[str, Any]) -> Any:
    if value.keys() == {"array", "shape", "hex"}:
        numbers = np.frombuffer(bytes.fromhex(value["hex"]), value["array"])
        return numbers.reshape(value["shape"]).copy()
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Custom):
        return value.as_dict()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: _plain(getattr(value, field.name)) for field in
                  dataclasses.fields(value)}
        return {"kind": type(value).__name__, **fields}
    return value.item() if isinstance(value, np.generic) else value


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:12]}..."
