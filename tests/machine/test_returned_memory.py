import platform
import subprocess
import sys

import pytest

# Large arrays with small ones between them, which stay.
CODE = """
import os
import numpy as np
from fastavg.machine.returned_memory import return_large_arrays
if {told}:
    return_large_arrays()

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

del_me = [np.ones(24 << 17)]
del_me.clear()
kept = []
before = resident()
for _ in range(20):
    del_me.append(np.ones(8 << 17))
    kept.append(np.ones(8 << 10))
del_me.clear()
print(resident() - before)
"""


def held(told):
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(told=told)], capture_output=True, text=True, check=True,
        timeout=60,
    )
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_freed_arrays_are_no_longer_held():
    assert held(told=True) < 20 << 20
    # Else there would be nothing to do.
    assert held(told=False) > 100 << 20
