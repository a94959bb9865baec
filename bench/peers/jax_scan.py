"""JAX with optax: the whole epoch in one compiled call, batches in a scan, buffers donated.

With ``bfloat16`` the operands of products are rounded, as in fastavg.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from bench.workloads import MOMENTUM, Workload

ACTIVATIONS = {"relu": jax.nn.relu, "tanh": jnp.tanh, "logistic": jax.nn.sigmoid}


def versions() -> dict[str, str]:
    return {"jax": jax.__version__, "optax": optax.__version__}


class Scan:
    def __init__(self, work: Workload, option: str, threads: int) -> None:
        activation, batch, rows = ACTIVATIONS[work.activation], work.batch, work.rows
        X, y = (jnp.asarray(array) for array in work.data())
        if work.solver == "adam":
            update = optax.adam(work.rate)
        else:
            update = optax.sgd(work.rate, momentum=MOMENTUM)

        def product(x: Any, matrix: Any) -> Any:
            if option != "bfloat16":
                return x @ matrix
            rounded = x.astype(jnp.bfloat16), matrix.astype(jnp.bfloat16)
            return jnp.matmul(*rounded, preferred_element_type=jnp.float32)

        def outputs(layers: Any, x: Any) -> Any:
            for matrix, bias in layers[:-1]:
                x = activation(product(x, matrix) + bias)
            return product(x, layers[-1][0]) + layers[-1][1]

        def loss_of(layers: Any, chosen: Any) -> Any:
            out = outputs(layers, X[chosen])
            if work.output == "identity":
                return 0.5 * ((out[:, 0] - y[chosen]) ** 2).mean()
            return optax.softmax_cross_entropy_with_integer_labels(out, y[chosen]).mean()

        def step(carry: Any, chosen: Any) -> Any:
            layers, state = carry
            loss, gradient = jax.value_and_grad(loss_of)(layers, chosen)
            changes, state = update.update(gradient, state, layers)
            return (optax.apply_updates(layers, changes), state), loss * len(chosen)

        whole = rows // batch * batch

        @partial(jax.jit, donate_argnums=0)
        def epoch(carry: Any, order: Any) -> Any:
            carry, losses = jax.lax.scan(step, carry, order[:whole].reshape(-1, batch))
            total = losses.sum()
            if whole < rows:
                # The short last batch is trained on like any other.
                carry, last = step(carry, order[whole:])
                total += last
            return carry, total / rows

        layers = [
            (jnp.asarray(matrix), jnp.asarray(bias))
            for matrix, bias in work.network.views(work.network.initial_weights(0))
        ]
        self._carry = (layers, update.init(layers))
        self._epoch, self._outputs, self._rows = epoch, jax.jit(outputs), rows
        self._random = np.random.default_rng(0)

    def epoch(self) -> float:
        order = jnp.asarray(self._random.permutation(self._rows).astype(np.int32))
        self._carry, loss = self._epoch(self._carry, order)
        jax.block_until_ready(self._carry)
        return float(loss)

    def accuracy(self, X: Any, y: Any) -> float:
        return float((np.asarray(self._outputs(self._carry[0], X)).argmax(1) == y).mean())

    def close(self) -> None:
        jax.clear_caches()


make = Scan
