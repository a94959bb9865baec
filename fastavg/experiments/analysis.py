"""What the figures show, in words: the numbers come from the results, the reasons from us."""

from __future__ import annotations

from fastavg.experiments import paper
from fastavg.experiments.digits import Digits
from fastavg.experiments.paper_checks import fastest
from fastavg.experiments.protocol import Protocol
from fastavg.experiments.results import Results
from fastavg.experiments.saturation import LIVELY, saturation
from fastavg.experiments.statistics import (
    LEVEL,
    accuracy_at,
    crossing,
    projected_at,
    seconds_at,
    summarise,
)
from fastavg.experiments.tables import cores, epochs_text, parallel_columns
from fastavg.plan.profiles import paper as paper_preset
from fastavg.reports.document import Block, Heading, Text


def analyse(protocol: Protocol, results: Results, digits: Digits) -> list[Block]:
    """The analysis as headings and paragraphs.

    Parameters
    ----------
    protocol : Protocol
        Columns, splits and epochs of the experiment.
    results : Results
        The runs that were made.
    digits : Digits
        The images and their classes.
    """
    return [
        Heading(2, "What the figures show"),
        Heading(3, "The plateau, and what the start costs"), *_plateau(protocol, results, digits),
        Heading(3, "Why the worker counts differ"), *_differences(protocol, results),
        Heading(3, "Does it converge faster?"), *_convergence(protocol, results),
        Heading(3, "What the parallel version gains in time"), *_time(protocol, results),
        Heading(3, "Averaging weights or derivatives"), *_derivatives(protocol, results),
    ]


def _plateau(protocol: Protocol, results: Results, digits: Digits) -> list[Block]:
    sequential, symmetric = protocol.columns[0], protocol.columns[-1]
    first, last = protocol.epochs[0], protocol.last
    alone = accuracy_at(results.of(sequential, protocol), last)
    scaled = accuracy_at(results.of(symmetric, protocol), first)
    network = protocol.network(digits.X.shape[1], 10)
    start = saturation(network, digits.X, paper_preset().plan.init, protocol.splits)
    even = saturation(network, digits.X, "glorot", protocol.splits)
    return [
        Text(
            f"The sequential run ends at {alone.mean:.1f} % after {last} epochs; the same network "
            f"with a symmetric, scaled start and Adam on mini-batches has {scaled.mean:.1f} % "
            f"after {first}. The paper's runs level off at the same height (89.9 % sequential, "
            "88.93 % parallel)."
        ),
        Text(
            "The start is the reason. Weights drawn from [0, 1] are all positive, so every "
            "hidden unit adds up the ink of the whole image: the mean input of a hidden unit is "
            f"{start.pre_activation:.1f}, and {100 * start.saturated:.1f} % of the hidden outputs "
            f"lie above 0.99. The logistic function's slope there is {start.slope:.0e} on "
            f"average, against {even.slope:.2f} for the symmetric start. Next to no derivative "
            "passes through such units: at first only the output layer learns, from inputs that "
            "are the same for every image, and what moves the hidden weights is the penalty, "
            "which pulls all of them towards zero until some units leave the flat part. From "
            "then on the data's derivative makes the steps short, and the units that are still "
            "saturated stay where they are."
        ),
        Text(
            "So it matters how many units come out. Counting those whose output varies over the "
            f"test images (standard deviation of {LIVELY} or more) out of "
            f"{protocol.hidden[0]}, means over the splits after {last} epochs: "
            f"{_live(protocol, results)}. A network that uses fewer units than it has stays "
            "below the one that uses them all, however long it trains. When the units come out "
            "depends on the split, which is why accuracies scatter most at the earliest "
            "checkpoint."
        ),
    ]


def _live(protocol: Protocol, results: Results) -> str:
    parts = []
    for column in protocol.columns:
        runs = results.of(column, protocol)
        mean = summarise([run.at("live_units", protocol.last) for run in runs]).mean
        parts.append(f"{column.title} {mean:.1f}")
    return ", ".join(parts)


def _differences(protocol: Protocol, results: Results) -> list[Block]:
    parallel = parallel_columns(protocol)
    parts = []
    for epochs in (protocol.epochs[0], protocol.last):
        means = [accuracy_at(results.of(column, protocol), epochs).mean for column in parallel]
        parts.append(f"{max(means) - min(means):.1f} points at {epochs}")
    return [Text(
        "The paper reports one accuracy for all its worker counts, because its random sampling "
        "is the same in every experiment. Here every worker draws a sample of its own in every "
        "round, from the split's number, its own number and the round's, so another worker "
        "count means other samples and another mean. A line search reacts to such differences: "
        "a step that is a little longer or shorter changes all later directions. The "
        f"largest distance between worker counts is {parts[0]} epochs and {parts[1]}. The "
        "number of processes, in contrast, changes nothing: the weights are the same to the bit."
    )]


def _convergence(protocol: Protocol, results: Results) -> list[Block]:
    sequential, best = protocol.columns[0], fastest(protocol, results)
    alone = crossing(results.of(sequential, protocol))
    ours = crossing(results.of(best, protocol))
    if ours.epochs is None or alone.epochs is None:
        return [Text(
            f"The mean accuracy does not reach {LEVEL:.0f} % in {protocol.last} epochs for "
            f"{'the sequential run' if alone.epochs is None else 'any worker count'}, so this run "
            "cannot tell; a longer one can."
        )]
    error = ((ours.error or 0) ** 2 + (alone.error or 0) ** 2) ** 0.5
    distance = alone.epochs - ours.epochs
    verdict = (
        "more than twice the standard error of the difference"
        if abs(distance) > 2 * error else
        "within twice the standard error of the difference, so these splits do not tell them apart"
    )
    return [Text(
        "The paper says that the parallel version converges faster. Counted in epochs until the "
        f"mean accuracy reaches {LEVEL:.0f} %, {best.title} needs {epochs_text(ours)} and the "
        f"sequential run {epochs_text(alone)}: {abs(distance):.0f} epochs "
        f"{'fewer' if distance > 0 else 'more'}, {verdict}. An average of descents that started "
        "alike lies between them, and a mean over samples is smoother than each. In the flat "
        "part of this start that is no help: a line search there may shrink all hidden weights "
        "at one stroke, which brings out all units at once, but the average of a worker that "
        "did and one that did not has shrunk only partly, and a few units come out alone. "
        + (
            "Samples are stratified for this reason: as long as a network sees no more of a "
            "sample than how often each digit occurs, all workers take nearly the same steps."
            if protocol.sampling == "stratified" else
            "Stratified samples keep the workers together there."
        )
    )]


def _time(protocol: Protocol, results: Results) -> list[Block]:
    sequential, last = protocol.columns[0], protocol.last
    alone = seconds_at(results.of(sequential, protocol), last).mean
    measured, computed, waits = [], [], []
    for column in parallel_columns(protocol):
        runs = results.of(column, protocol)
        measured.append(f"{seconds_at(runs, last).mean:.2f} s with {column.workers}")
        computed.append(f"{projected_at(runs, last).mean:.2f} s with {column.workers}")
        share = summarise([
            run.until("averaging_seconds", last) / run.until("slowest_seconds", last)
            for run in runs
        ])
        waits.append(share.mean)
    theirs = paper.seconds(1, last)
    beside = f", {theirs:.0f} s in the paper" if theirs else ""
    best = fastest(protocol, results)
    runs, first = results.of(best, protocol), results.of(sequential, protocol)
    when, then = crossing(runs).epochs, crossing(first).epochs
    blocks: list[Block] = [Text(
        f"A sequential split of {last} epochs takes {alone:.2f} s here{beside}. Every worker "
        "makes as many line searches as the sequential run, on a sample as large, so at the same "
        "number of epochs the parallel version does as many times the work as it has workers. "
        f"On {cores(results)} that takes {', '.join(measured)} workers. With a core for each "
        f"worker it would take {', '.join(computed)} workers, computed from the measured parts: "
        "that is the sequential time, longer by waiting for the slowest worker of each round, "
        f"plus averaging, which is {100 * max(waits):.2f} % of it or less. In this method the "
        "gain can only be in the epochs that are needed, not in the seconds that an epoch takes."
    )]
    if when is not None and then is not None:
        blocks.append(Text(
            f"Counted until {LEVEL:.0f} %: the sequential run takes "
            f"{seconds_at(first, then).mean:.2f} s; {best.title} {seconds_at(runs, when).mean:.2f} "
            f"s on {cores(results)}, and {projected_at(runs, when).mean:.2f} s computed for a "
            "core for each worker."
        ))
    blocks.append(Text(
        "The paper's parallel runs take two thirds of its sequential seconds at equal epochs, and "
        "the same seconds with 2, 4 and 8 map tasks. That agrees with tasks that run side by "
        "side, but the distance to the sequential run cannot come from averaging: its sequential "
        "runs were made on another machine than its parallel ones, with another program."
    ))
    return blocks


def _derivatives(protocol: Protocol, results: Results) -> list[Block]:
    column = next(each for each in protocol.columns if each.kind == "derivative")
    twin = next(
        each for each in protocol.columns
        if each.kind == "model" and each.workers == column.workers
    )
    last = protocol.last
    ours, theirs = (results.of(each, protocol) for each in (column, twin))
    rounds = len(ours[0].epochs)
    averages = summarise([run.evaluations / run.workers for run in ours]).mean
    return [Text(
        f"With {column.workers} workers, derivative averaging ends at "
        f"{accuracy_at(ours, last).mean:.1f} % and model averaging at "
        f"{accuracy_at(theirs, last).mean:.1f} %. Derivatives are averaged at every evaluation of "
        f"the objective, {averages:.0f} times in a run, where weights are averaged {rounds} "
        f"times. On this machine the difference in seconds is small "
        f"({seconds_at(ours, last).mean:.2f} s against {seconds_at(theirs, last).mean:.2f} s, part "
        "of it for reading the samples anew at every evaluation); between machines every average "
        "is a message that all workers wait for, which is the case for averaging models."
    )]
