"""Which products a run makes: what ``products="auto"`` comes to on the machines at hand."""

from __future__ import annotations

from fastavg.communicators.collectives import anybody
from fastavg.communicators.contract import Communicator
from fastavg.errors import ConfigError
from fastavg.networks.network import Network
from fastavg.plan.plan import Plan

# Below this, compiling the kernels takes longer than they save.
LONG_RUN_FLOPS = 1e12
# Rounded products are worth it from this gain on.
LEAST_GAIN = 1.2


def agreed_products(
    plan: Plan, network: Network, n_rows: int, communicator: Communicator
) -> str:
    """``float32``, ``blas`` or ``bfloat16``, the same on every rank; bfloat16 compiled.

    ``auto`` takes bfloat16 if the run is long and every rank's processor gains by it.
    ``float32`` is ``blas`` if the processor of a rank has no vectors that gain.

    Parameters
    ----------
    plan : Plan
        The same on every rank.
    network : Network
        Its shape tells how long the run is.
    n_rows : int
        Training rows.
    communicator : Communicator
        Between the ranks that train together.

    Raises
    ------
    ConfigError
        If the plan asks for bfloat16, and the processor of a rank does not multiply it.
    """
    if plan.products == "blas":
        return "blas"
    flops = plan.epochs * n_rows * network.flops_per_row
    # Layers of factors have products of their own.
    short = network.parametric or plan.without_bfloat16 is not None or flops < LONG_RUN_FLOPS
    if plan.products == "float32" or (plan.products == "auto" and short):
        return _in_float32(communicator)
    from fastavg.kernels.vectorized.bfloat16_layers import STAGE
    from fastavg.kernels.vectorized.target import multiplies_bfloat16
    from fastavg.solvers.bfloat16_gain import bfloat16_gain

    if plan.products == "bfloat16":
        if anybody(not multiplies_bfloat16(), communicator):
            raise ConfigError(
                "products in bfloat16 need a processor with the AVX-512 BF16 instructions on "
                "every rank; choose products float32 or auto"
            )
    elif anybody(bfloat16_gain() < LEAST_GAIN, communicator):
        return _in_float32(communicator)
    STAGE.address(plan.dtype)
    return "bfloat16"


def _in_float32(communicator: Communicator) -> str:
    from fastavg.kernels.vectorized.target import has_vectors

    return "blas" if anybody(not has_vectors(), communicator) else "float32"
