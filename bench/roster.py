"""Who takes part: a name, the module that does the work, its option, how many threads."""

from __future__ import annotations

from typing import NamedTuple


class Member(NamedTuple):
    """A library on stated terms.

    ``threads`` 1 is pinned to one processor; 0 may use all of them.  An inherited choice
    of OpenBLAS kernels would hold a library back: it is withheld unless ``inherits``.
    """

    module: str
    option: str = ""
    threads: int = 1
    inherits: bool = False


OURS, TWO, EIGHT = "fastavg", "fastavg, 2 workers", "fastavg, 8 workers"
GEMM = "sgemm 2048"
ROSTER = {
    OURS: Member("ours", "1/1"),
    TWO: Member("ours", "2/2", 0),
    EIGHT: Member("ours", "8/2", 0),
    "scikit-learn": Member("scikit", "", 1),
    "PyTorch eager": Member("pytorch", "eager", 1),
    "PyTorch compile": Member("pytorch", "compile", 1),
    "JAX": Member("jaxscan", "", 1),
    "scikit-learn, all threads": Member("scikit", "", 0),
    "PyTorch eager, all threads": Member("pytorch", "eager", 0),
    "JAX, all threads": Member("jaxscan", "", 0),
    "PyTorch DDP": Member("pytorchddp", "", 0),
    GEMM: Member("products", "one call"),
    "sgemm 2048 in pieces": Member("products", "pieces"),
    "numpy.dot 2048 as set up here": Member("products", "numpy", inherits=True),
    "numpy.dot 2048": Member("products", "numpy"),
}
CEILINGS = [name for name, member in ROSTER.items() if member.module == "products"]
ONE_CORE = ["scikit-learn", "PyTorch eager", "PyTorch compile", "JAX"]
ALL_CORES = [name for name in ROSTER if name.endswith("all threads")]
