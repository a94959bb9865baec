"""Ranks that are actors of a Ray cluster.

.. code-block:: text

    driver                          actor of rank 0           other actors
      |-- place all of them, or wait ----->|------------------->|
      |-- who are you? ------------------->|------------------->|
      |<- its address, versions, memory ---|<-------------------|
      |-- be rank 0: its rows, reports --->|   be rank 1, ...   |
      |                                    |<====== TLS =======>|
      |<- the fitted estimator ------------|
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from typing import Any

from fastavg.engines.contract import Estimator, Job, Report, Room
from fastavg.engines.part_exchange import OwnRows, Part, cut_for_ranks
from fastavg.engines.rank_entry import be_rank, check_reports, prepare
from fastavg.engines.rank_results import End, first_result, gone
from fastavg.errors import RankLost
from fastavg.machine.resources import usable_memory

LOGGER = logging.getLogger(__name__)
# A driver that waits longer for other programs of the cluster says so.
PATIENCE_SECONDS, REPORT_SECONDS = 10.0, 120.0


class RankActor:
    """A rank; Ray makes an actor of it."""

    def prepare(self, job: Job, number: int) -> Report:
        """Say who this actor is.

        Parameters
        ----------
        job : Job
            The fit.
        number : int
            Of the rank that it is about to be.
        """
        import ray

        actor = ray.get_runtime_context().get_actor_id() or ""
        return prepare(job, number, actor, ray.util.get_node_ip_address())

    def be_rank(
        self, job: Job, number: int, reports: list[Report], part: Part | OwnRows
    ) -> Estimator | None:
        """Be a rank; see :func:`fastavg.engines.rank_entry.be_rank`.

        Parameters
        ----------
        job : Job
            The fit.
        number : int
            Of the rank.
        reports : list of Report
            Of all ranks in order.
        part : Part or OwnRows
            All rows, one copy in the memory of each machine; or those of its own workers.
        """
        return be_rank(job, number, reports, part)


class RayEngine:
    """One rank in each of some actors.

    Parameters
    ----------
    rows : Part
        All rows.
    cpus : float
        That each actor reserves.
    """

    worker, asks = "Ray actor", "num_actors"

    def __init__(self, rows: Part, cpus: float) -> None:
        self._rows, self._cpus = rows, cpus
        # All rows in Ray's object store, once they were asked for.
        self._whole: Any = None

    def queue(self) -> AbstractContextManager[Any]:
        """Ray itself places the actors of a fit together, or lets it wait."""
        return nullcontext()

    def slots(self, wanted: int | None) -> int:
        """By the CPUs of all machines, in use or not; see :meth:`Engine.slots`."""
        import ray

        return sum(self._room(node) for node in ray.nodes() if node["Alive"])

    def run(self, job: Job) -> Any:
        """Place actors, and train on them; see :meth:`Engine.run`."""
        import ray
        from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

        # Sparse rows do not stay: every rank gets all of them.
        job = replace(job, own_rows=job.in_parts and not hasattr(self._rows.X, "toarray"))
        with self._placed(job.ranks) as group:
            kind = ray.remote(RankActor)
            actors = [
                kind.options(
                    num_cpus=self._cpus, max_restarts=0,
                    scheduling_strategy=PlacementGroupSchedulingStrategy(
                        placement_group=group, placement_group_bundle_index=number
                    ),
                ).remote()
                for number in range(job.ranks)
            ]
            try:
                reports = [_report(rank, job, actor) for rank, actor in enumerate(actors)]
                check_reports(job, reports, self.worker)
                references = [
                    actor.be_rank.remote(job, number, reports, rows)
                    for number, (actor, rows) in enumerate(
                        zip(actors, self._rows_of_ranks(job), strict=True)
                    )
                ]
                return first_result(_References(references, reports), reports, self.worker)
            finally:
                for actor in actors:
                    ray.kill(actor)

    def memory(self, ranks: int) -> list[Room]:
        """The memory of all machines that an actor could be on.

        Parameters
        ----------
        ranks : int
            How many actors: each machine may get as many of them as it has CPUs for.
        """
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        nodes = [
            (node["NodeID"], node["NodeManagerAddress"], room) for node in ray.nodes()
            if node["Alive"] and (room := self._room(node))
        ]
        task = ray.remote(usable_memory)
        free = ray.get([
            task.options(
                num_cpus=0,
                scheduling_strategy=NodeAffinitySchedulingStrategy(node_id=name, soft=False),
            ).remote()
            for name, _, _ in nodes
        ], timeout=REPORT_SECONDS)
        return [
            Room(host, memory) for (_, host, room), memory in zip(nodes, free, strict=True)
            for _ in range(min(ranks, room))
        ]

    def _room(self, node: Mapping[str, Any]) -> int:
        return int(node["Resources"].get("CPU", 0) // self._cpus)

    def _rows_of_ranks(self, job: Job) -> list[Any]:
        import ray

        if job.own_rows:
            return list(cut_for_ranks(self._rows, int(job.estimator.workers), job.ranks))
        if self._whole is None:
            self._whole = ray.put(self._rows)
        return [self._whole] * job.ranks

    @contextmanager
    def _placed(self, ranks: int) -> Iterator[Any]:
        import ray
        from ray.util.placement_group import placement_group, remove_placement_group

        group = placement_group([{"CPU": self._cpus}] * ranks, strategy="SPREAD")
        try:
            began, said = time.monotonic(), False
            while not group.wait(1):
                if not said and time.monotonic() > began + PATIENCE_SECONDS:
                    said = True
                    free = ray.available_resources().get("CPU", 0)
                    LOGGER.warning(
                        "fastavg: waiting for %d Ray actors with %g CPUs each; %g CPUs of the "
                        "cluster are free", ranks, self._cpus, free,
                    )
            yield group
        finally:
            remove_placement_group(group)


def _report(rank: int, job: Job, actor: Any) -> Report:
    import ray

    try:
        report: Report = ray.get(actor.prepare.remote(job, rank), timeout=REPORT_SECONDS)
    except ray.exceptions.RayActorError as error:
        raise RankLost(f"rank {rank} is lost: its Ray actor has ended: {error}", rank) from None
    return report


class _References:
    def __init__(self, references: list[Any], reports: list[Report]) -> None:
        self._reports = reports
        self._waiting = {reference: rank for rank, reference in enumerate(references)}

    def look(self, seconds: float) -> dict[int, End]:
        import ray

        done, _ = ray.wait(list(self._waiting), timeout=seconds)
        found = {}
        for reference in done:
            rank = self._waiting.pop(reference)
            found[rank] = self._end(reference, rank)
        return found

    def _end(self, reference: Any, rank: int) -> End:
        import ray

        try:
            return End(ray.get(reference))
        except ray.exceptions.RayTaskError as error:
            return End(error=error.cause)
        except ray.exceptions.RayActorError:
            return End(error=gone(rank, self._reports[rank], "Ray actor"))

    def stop(self) -> None:
        """Actors are ended by whoever has started them."""
