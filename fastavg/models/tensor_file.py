"""One ``.safetensors`` file: tensors, their meaning, and a digest of both.

.. code-block:: text

    8 bytes    length of the header
    header     JSON: name, dtype, shape and place of each tensor; __metadata__ with
               "fastavg" (JSON text: what the tensors mean) and "sha256"
    tensors    one after the other

Models and checkpoints are such files.  Nothing in one is ever run: no pickle, no
import by name.  Sizes are compared with the file's own before memory is taken, so a
file that lies about them costs nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from fastavg.errors import DataError, FileDamaged

HEADER_LIMIT = 16 * 2**20
DTYPES = ("F32", "F64", "I64", "U8")
Tensors = dict[str, NDArray[Any]]


def pack(tensors: Tensors, meaning: dict[str, Any]) -> bytes:
    """The bytes of a file with tensors and their meaning.

    Parameters
    ----------
    tensors : dict of str to array
        float32, float64, int64 or uint8.
    meaning : dict
        What JSON can hold.
    """
    # safetensors takes memory as it lies and would store a transposed view wrongly.
    tensors = {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
    text = json.dumps(meaning, sort_keys=True, allow_nan=False)
    return _in_order(save_tensors(tensors, {"fastavg": text, "sha256": digest(tensors, text)}))


def _in_order(data: bytes) -> bytes:
    # safetensors writes the metadata in the order of a hash table, another one each time.
    size = int.from_bytes(data[:8], "little")
    parsed = json.loads(data[8 : 8 + size])
    parsed["__metadata__"] = dict(sorted(parsed["__metadata__"].items()))
    header = json.dumps(parsed, separators=(",", ":"), ensure_ascii=False).encode()
    header += b" " * (-len(header) % 8)
    return b"".join((len(header).to_bytes(8, "little"), header, memoryview(data)[8 + size :]))


def read(path: str | Path) -> tuple[Tensors, dict[str, Any]]:
    """Tensors and meaning of a file, every byte checked.

    Parameters
    ----------
    path : str or path
        The file.

    Returns
    -------
    tensors : dict of str to array
    meaning : dict

    Raises
    ------
    DataError
        If there is no such file.
    FileDamaged
        If it is not what :func:`pack` wrote.
    """
    try:
        # A pipe without a writer would keep us waiting.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(handle, "rb") as file:
            info = os.fstat(handle)
            if not stat.S_ISREG(info.st_mode):
                raise DataError(f"{path} cannot be read: it is a directory or a device, not a file")
            length = file.read(8)
            size = int.from_bytes(length, "little")
            if len(length) < 8 or not 0 < size <= min(HEADER_LIMIT, info.st_size - 8):
                _damaged(path, "it is cut short, or no fastavg file at all")
            header = file.read(size)
            _described(header, info.st_size - 8 - size, path)
            return unpack(b"".join((length, header, file.read(info.st_size))), path)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {os.strerror(error.errno or 0)}") from None


def unpack(data: bytes, path: str | Path) -> tuple[Tensors, dict[str, Any]]:
    """The tensors and their meaning from the bytes of a file.

    Parameters
    ----------
    data : bytes
        The whole file.
    path : str or path
        For messages.

    Returns
    -------
    tensors : dict of str to array
    meaning : dict

    Raises
    ------
    FileDamaged
        If they are not what :func:`pack` made.
    """
    size = int.from_bytes(data[:8], "little")
    if len(data) < 8 or not 0 < size <= min(HEADER_LIMIT, len(data) - 8):
        _damaged(path, "it is cut short, or no fastavg file at all")
    text, claimed = _described(data[8 : 8 + size], len(data) - 8 - size, path)
    try:
        tensors: Tensors = load_tensors(data)
        if digest(tensors, text) != claimed:
            _damaged(path, "its SHA-256 does not fit its content")
        meaning: Any = json.loads(text, object_pairs_hook=_once)
    except FileDamaged:
        raise
    except (SafetensorError, KeyError, TypeError, ValueError, RecursionError):
        _damaged(path, "its header is damaged, or it is no fastavg file at all")
    if not isinstance(meaning, dict):
        _damaged(path, "its meaning is missing")
    return tensors, meaning


def digest(tensors: Tensors, text: str) -> str:
    """SHA-256 over the meaning and over every tensor's name, dtype, shape and bytes.

    Parameters
    ----------
    tensors : dict of str to array
        The tensors.
    text : str
        Their meaning as JSON.

    Returns
    -------
    str
        SHA-256 in hexadecimal digits.
    """
    total = hashlib.sha256(text.encode("utf-8", "surrogatepass"))
    for name in sorted(tensors):
        tensor = np.ascontiguousarray(tensors[name])
        total.update(repr((name, tensor.dtype.str, tensor.shape)).encode("utf-8", "surrogatepass"))
        total.update(tensor.reshape(-1).view(np.uint8).data)
    return total.hexdigest()


def _described(header: bytes, left: int, path: str | Path) -> tuple[str, str]:
    # Written without line breaks; padded with spaces to a multiple of eight.
    if min(header) < ord(" ") or len(header) - len(header.rstrip(b" ")) > 7:
        _damaged(path, "its header is damaged")
    try:
        parsed = json.loads(header, object_pairs_hook=_once)
        metadata = parsed.pop("__metadata__")
        ends = [tensor["data_offsets"][1] for tensor in parsed.values()]
        known = all(tensor["dtype"] in DTYPES for tensor in parsed.values())
        if set(metadata) != {"fastavg", "sha256"} or not known or max(ends, default=0) != left:
            _damaged(path, "it is cut short, or no fastavg file at all")
        return str(metadata["fastavg"]), str(metadata["sha256"])
    except FileDamaged:
        raise
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError):
        _damaged(path, "its header is damaged, or it is no fastavg file at all")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice")
    return found


def _damaged(path: str | Path, what: str) -> NoReturn:
    raise FileDamaged(f"{path} cannot be used: {what}; a copy of the original file would do")
