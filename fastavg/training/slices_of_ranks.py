"""A worker's network split over ranks: each has some slices of every layer.

.. code-block:: text

    rank 0   slices 0, 1    own columns of a layer --.                own part of the error below
                                                     |  allgather  --> ... --> alltoall
    rank 1   slice 2        own columns -------------'  all columns            parts of own columns

Each rank computes its slices itself, one after the other, with the kernels and in the order of
slices that share memory; so the bits are the same, and a rank for each slice is fastest.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators import Exchanger
from fastavg.communicators.collectives import workers_of
from fastavg.errors import ConfigError
from fastavg.kernels.blocks.barrier import WORDS, Barrier
from fastavg.kernels.network.batch_weight import batch_weight
from fastavg.kernels.network.dense import forward, gather
from fastavg.kernels.network.layout import FAN_OUT, IN_AT, IN_LD, OUT_AT, OUT_LD, Samples, stride
from fastavg.kernels.network.optimizers import STEP_AT
from fastavg.kernels.network.outputs import output_error
from fastavg.kernels.network.packing import all_finite
from fastavg.kernels.split.slice_steps import Slice, add_parts, layer_back
from fastavg.losses import own_loss
from fastavg.machine.failpoints import failpoint
from fastavg.networks.aligned import aligned
from fastavg.networks.layer_slices import LayerSlice, cuts
from fastavg.training.order_stream import gather as gather_reports
from fastavg.training.programs import Order, Report
from fastavg.training.programs.slice_memory import (
    SliceMemory,
    codes_of,
    numbers_of,
    started_from,
)

if TYPE_CHECKING:
    from fastavg.training.session import Session

Vectors = NDArray[np.floating]


class SlicesOfRanks:
    """The slices of this rank.

    Parameters
    ----------
    session : Session
        An open run of several ranks; all of them make one.
    slices : int
        Slices of the network.

    Raises
    ------
    ConfigError
        If the communicator cannot deal out parts.
    """

    def __init__(self, session: Session, slices: int) -> None:
        communicator = session.communicator
        if not isinstance(communicator, Exchanger):
            raise ConfigError(
                f"{type(communicator).__name__} has no alltoall and allgather; layers split over "
                "ranks need them, as mpi and tcp have them"
            )
        self._session, self._ranks = session, communicator
        run, rank, size = session.run, communicator.rank, communicator.size
        network, rows, dtype = run.network, int(run.plan.batch_size), run.plan.numpy_dtype
        self._members = [workers_of(each, size, slices) for each in range(size)]
        self._own = [SliceMemory(run, member, slices) for member in self._members[rank]]
        # The columns of each rank, of every layer.
        self._spans = []
        for n in network.layer_sizes[1:]:
            at = cuts(n, slices)
            self._spans.append([(at[each.start], at[each.stop]) for each in self._members])
        self._whole = LayerSlice(network, rows, 0, slices, dtype)
        self._shared = aligned(self._whole.shared_size, dtype)
        widest = max(map(stride, network.layer_sizes[1:]))
        self._parts: Vectors = np.zeros((2, slices, rows, widest), dtype)
        nobody = Barrier(np.zeros(WORDS, np.int32), 1, 1, 1)
        self._slices = [
            Slice(
                own.slice.layers, own.slice.lows, network.layer_sizes[-1], own.slice.out_at,
                self._shared, self._parts, own.member, nobody,
            )
            for own in self._own
        ]
        self._outputs = aligned(rows * stride(network.layer_sizes[-1]), dtype)
        self._columns = aligned(rows * (2 * network.layer_sizes[-1] + 2), dtype)
        self._figures = np.zeros(2 * rows)
        self._settings = np.array((run.plan.loss or own_loss(network.output)).settings())

    def reports(self, round: int) -> list[Report]:
        """Train all workers of a round, one after the other, on all ranks together.

        Parameters
        ----------
        round : int
            Which round, from 0.
        """
        session, plan = self._session, self._session.run.plan
        reports = []
        for worker in range(plan.workers):
            began = time.perf_counter()
            report = self._train(round, worker)
            if worker in session.workers:
                reports.append(report)
            session.watch.add(time.perf_counter() - began, [report], 1)
        return gather_reports(reports, plan.workers, session.communicator)

    def _train(self, round: int, worker: int) -> Report:
        session, buffers = self._session, self._session.buffers
        run, sampler, began = session.run, session.sampler, time.perf_counter()
        first, stop = run.plan.span(sampler, round)
        order = Order("slice", round, worker, first, stop, session.directive().rate_factor)
        failpoint("task", round, worker)
        weights, state = started_from(run.plan, buffers.center(round), self._kept(round, worker))
        for own in self._own:
            own.load(weights, state)
        loss, weight = self._steps(order)
        failpoint("trained", round, worker)
        vectors = np.zeros_like(buffers.center(round))
        for own in self._own:
            own.store(vectors)
        # Whole numbers, so that not even the sign of a zero is lost in the sum.
        self._ranks.allreduce(vectors.reshape(-1).view(f"i{vectors.itemsize}"))
        if worker in session.workers:
            buffers.slot(round, worker - session.workers.start)[:] = vectors
        seconds = time.perf_counter() - began
        return Report(
            worker, loss, weight, stop - first, bool(all_finite(vectors[0])), seconds, seconds
        )

    def _kept(self, round: int, worker: int) -> Vectors | None:
        session, plan = self._session, self._session.run.plan
        if not round or not (plan.solver_state == "keep" or plan.averaging.keeps_replicas):
            return None
        kept = np.zeros_like(session.buffers.center(round))
        size = self._ranks.size
        owner = next(
            rank for rank in range(size) if worker in workers_of(rank, size, plan.workers)
        )
        if worker in session.workers:
            kept[:] = session.buffers.slot(round - 1, worker - session.workers.start)
        self._ranks.broadcast(kept.reshape(-1), owner)
        return kept

    def _steps(self, order: Order) -> tuple[float, float]:
        run, sampler = self._session.run, self._session.sampler
        batches = sampler.batches(order.worker, order.round, order.first_step, order.stop_step)
        hyper, rates = numbers_of(run, sampler, order)
        solver, output = codes_of(run)
        # The algorithm refuses sparse rows.
        assert isinstance(run.rows.X, np.ndarray)
        data = Samples(run.rows.X, run.rows.Y, run.rows.weights, batches.order)
        n, ld = run.network.layer_sizes[-1], int(self._whole.layers[-1, OUT_LD])
        loss = weight = 0.0
        for (first, rows), rate in zip(batches.steps.tolist(), rates.tolist(), strict=True):
            hyper[STEP_AT] += 1
            if not rows:
                continue
            self._forward(data, first, rows)
            at = self._whole.out_at
            self._outputs[: rows * ld] = self._shared[at : at + rows * ld]
            loss += output_error(
                output, self._outputs, 0, ld, rows, n, data.Y, data.order, first, data.weights,
                self._columns, self._figures, self._settings, False,
            )
            total = batch_weight(data.weights, data.order, first, rows)
            weight += total
            if total > 0:
                self._backward(rows, total, solver, hyper, rate)
        return float(loss), float(weight)

    def _forward(self, data: Samples, first: int, rows: int) -> None:
        for own in self._own:
            layers = own.slice.layers
            gather(
                data.X, data.order, first, rows, self._shared[layers[0, IN_AT] :],
                layers[0, IN_LD],
            )
        for index in range(len(self._spans)):
            for own in self._own:
                if own.slice.layers[index, FAN_OUT] > 0:
                    forward(
                        own.slice.layers[index : index + 1], own.memory.theta, self._shared,
                        rows, own.memory.scratch.tile,
                    )
            self._share_outputs(index, rows)

    def _backward(
        self, rows: int, total: float, solver: int, hyper: NDArray[np.float64], rate: float
    ) -> None:
        last, l2 = len(self._spans) - 1, self._session.run.plan.regularization.l2
        errors = [
            (self._outputs[own.slice.lows[last] :], int(own.slice.layers[last, OUT_LD]))
            for own in self._own
        ]
        for index in range(last, -1, -1):
            for own, slice_, (error, ld) in zip(self._own, self._slices, errors, strict=True):
                layer_back(
                    slice_, own.memory, index, error, ld, rows, total, solver, hyper, rate, l2
                )
            if index:
                self._share_errors(index, rows)
                errors = [self._error_below(own, index, rows) for own in self._own]

    def _error_below(self, own: SliceMemory, index: int, rows: int) -> tuple[Vectors, int]:
        errors, n = own.memory.scratch.errors, int(own.slice.layers[index - 1, FAN_OUT])
        error = errors[(index - 1) % 2 * (errors.size // 2) :]
        add_parts(self._parts[index % 2], own.slice.lows[index - 1], rows, n, error)
        return error, n

    def _share_outputs(self, index: int, rows: int) -> None:
        # Every rank has all columns of the layer's output afterwards.
        spans, rank = self._spans[index], self._ranks.rank
        at, ld = int(self._whole.layers[index, OUT_AT]), int(self._whole.layers[index, OUT_LD])
        block = self._shared[at : at + rows * ld].reshape(rows, ld)
        width = max(stop - low for low, stop in spans)
        buffer = np.zeros((len(spans), rows, width), block.dtype)
        low, stop = spans[rank]
        buffer[rank, :, : stop - low] = block[:, low:stop]
        self._ranks.allgather(buffer.reshape(-1))
        for other, (low, stop) in enumerate(spans):
            if other != rank:
                block[:, low:stop] = buffer[other, :, : stop - low]

    def _share_errors(self, index: int, rows: int) -> None:
        # Every rank has all slices' parts of the error of its own columns afterwards.
        spans, rank, parts = self._spans[index - 1], self._ranks.rank, self._parts[index % 2]
        deepest = max(map(len, self._members))
        width = max(stop - low for low, stop in spans)
        send = np.zeros((len(spans), deepest, rows, width), parts.dtype)
        receive = np.zeros_like(send)
        for other, (low, stop) in enumerate(spans):
            for place, member in enumerate(self._members[rank]):
                send[other, place, :, : stop - low] = parts[member, :rows, low:stop]
        self._ranks.alltoall(send.reshape(-1), receive.reshape(-1))
        low, stop = spans[rank]
        for other, members in enumerate(self._members):
            for place, member in enumerate(members):
                if other != rank:
                    parts[member, :rows, low:stop] = receive[other, place, :, : stop - low]
