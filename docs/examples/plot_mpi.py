"""
Ranks under MPI
===============

The same script on one rank, on two and on three, started by ``mpiexec`` as on a cluster. Every
rank trains some of the workers; the weights are the same.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

SCRIPT = """
import hashlib

from fastavg import MLPClassifier
from fastavg.communicators import connect
from fastavg.datasets import load_digits5k

ranks = connect("auto")
X, y = load_digits5k()
model = MLPClassifier(
    (25,), workers=6, tol=0.01, processes=1, communicator=ranks, random_state=0
)
model.fit(X, y)
if ranks.rank == 0:
    digest = hashlib.sha256(model.weights_.tobytes()).hexdigest()
    print(f"ranks {ranks.size}: accuracy {model.score(X, y):.3f}, weights {digest[:16]}")
ranks.close()
"""

# %%
# ``pip install "fastavg[mpi]"`` brings an MPI library with its ``mpiexec``, which lies beside
# Python.

mpiexec = Path(sys.executable).with_name("mpiexec")
with tempfile.TemporaryDirectory() as folder:
    script = Path(folder) / "digits.py"
    script.write_text(SCRIPT)
    lines = [
        subprocess.run(
            [mpiexec, "-n", str(size), sys.executable, script], capture_output=True, text=True,
            timeout=60, check=True, stdin=subprocess.DEVNULL,
        ).stdout.strip()
        for size in (1, 2, 3)
    ]
print("\n".join(lines))
assert len({line.split("weights ")[1] for line in lines}) == 1
