"""The passes of numba's compiler that kernels go through: those that could change one.

Kernels are loops over numbers.  They define no functions inside of them and have no expressions of
whole arrays, so the passes that look for these only take time.
"""

from __future__ import annotations

from typing import Any

from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.typed_passes import NopythonRewrites
from numba.core.untyped_passes import InlineClosureLikes

LEFT_OUT = (InlineClosureLikes, NopythonRewrites)


class KernelPasses(CompilerBase):  # type: ignore[misc]
    """Numba's compiler without the passes that no kernel needs."""

    def define_pipelines(self) -> list[Any]:
        """Numba's passes, but for ``LEFT_OUT``."""
        passes = DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes.passes = [each for each in passes.passes if each[0] not in LEFT_OUT]
        passes.finalize()
        return [passes]
