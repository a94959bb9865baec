"""Who takes part: a name, the module that does the work, its option, how many threads."""

from __future__ import annotations

from typing import NamedTuple


class Participant(NamedTuple):
    """A library on stated terms.

    ``threads`` 1 is pinned to one processor; 0 may use all of them.  An inherited choice
    of OpenBLAS kernels would hold a library back: it is withheld unless ``inherits``.
    """

    module: str
    option: str = ""
    threads: int = 1
    inherits: bool = False


OURS, TWO, EIGHT = "fastavg", "fastavg, 2 workers", "fastavg, 8 workers"
OURS_BFLOAT16 = "fastavg, bfloat16"
GEMM = "sgemm 2048"
PARTICIPANTS = {
    OURS: Participant("ours", "1/1"),
    TWO: Participant("ours", "2/2", 0),
    EIGHT: Participant("ours", "8/2", 0),
    OURS_BFLOAT16: Participant("ours", "1/1/1/bfloat16"),
    "PyTorch eager, bfloat16": Participant("pytorch", "eager bfloat16"),
    "PyTorch compile, bfloat16": Participant("pytorch", "compile bfloat16"),
    "JAX, bfloat16": Participant("jax_scan", "bfloat16"),
    "scikit-learn": Participant("scikit", "", 1),
    "PyTorch eager": Participant("pytorch", "eager", 1),
    "PyTorch compile": Participant("pytorch", "compile", 1),
    "JAX": Participant("jax_scan", "", 1),
    "scikit-learn, all threads": Participant("scikit", "", 0),
    "PyTorch eager, all threads": Participant("pytorch", "eager", 0),
    "JAX, all threads": Participant("jax_scan", "", 0),
    "PyTorch DDP": Participant("pytorch_ddp", "", 0),
    GEMM: Participant("products", "one call"),
    "sgemm 2048 in pieces": Participant("products", "pieces"),
    "numpy.dot 2048 as set up here": Participant("products", "numpy", inherits=True),
    "numpy.dot 2048": Participant("products", "numpy"),
}
CEILINGS = [name for name, participant in PARTICIPANTS.items() if participant.module == "products"]
BFLOAT16 = [name for name in PARTICIPANTS if name.endswith("bfloat16") and name != OURS_BFLOAT16]
ONE_CORE = ["scikit-learn", "PyTorch eager", "PyTorch compile", "JAX"]
ALL_CORES = [name for name in PARTICIPANTS if name.endswith("all threads")]
