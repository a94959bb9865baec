"""What ``auto`` means, and which of several layers of options wins."""

import itertools

import pytest

from fastavg.data.sampling_schemes import Shards, Stratified
from fastavg.errors import ConfigError
from fastavg.losses import Hinge
from fastavg.plan.algorithm import ALGORITHMS
from fastavg.plan.configuration import configuration
from fastavg.plan.plan import Plan
from fastavg.plan.profiles import PROFILES, paper, profile
from fastavg.plan.resolve import Facts, algorithm_for, output_for, resolve
from fastavg.solvers import LBFGS, SGD, Adam, BacktrackingSGD, ConjugateGradient, Schedule

DIGITS = Facts(3500, 400, 10, "class", cpus=2)


def plan_of(given, facts=DIGITS, *profiles):
    return resolve(given, facts, *(profiles or ("shell",))).plan


def test_the_shell_chooses_by_rows_workers_and_cpus():
    plan = plan_of({})
    assert plan == Plan(
        workers=2, average_every="4 steps", batch_size=8, init="he",
        solver=Adam(1.6e-3 * 2**0.5, Schedule("cosine")),
    )
    assert plan_of({"workers": 100}).solver.learning_rate == 8e-3
    sizes = [plan_of({}, Facts(rows, 4, 2, "class")).batch_size for rows in (10, 8000, 10**6)]
    assert sizes == [8, 20, 32]


@pytest.mark.parametrize(("given", "rows", "every"), [
    ({"workers": 1}, 50_000, 0.25),
    ({"workers": 8}, 50_000, "4 steps"),
    ({"workers": 8, "solver": "sgd"}, 50_000, "4 steps"),
    # 39,063 steps of an epoch, of which 1,000 end with an average.
    ({"workers": 8}, 10**7, "40 steps"),
    ({"workers": 8, "average_every": 0.5}, 50_000, 0.5),
    ({"workers": 8, "averaging": "slowmo"}, 50_000, 0.25),
    ({"workers": 8, "period": "by-loss"}, 50_000, 0.25),
    ({"workers": 8, "solver_state": "reset"}, 50_000, 0.25),
    ({"workers": 8, "augment": "digits"}, 50_000, 0.25),
    ({"workers": 8, "sampling": "partitions"}, 50_000, 0.25),
    ({"workers": 8, "algorithm": "gradient-averaging"}, 50_000, 0.25),
    ({"workers": 8, "algorithm": "downpour"}, 50_000, 0.25),
    ({"workers": 8, "solver": "cg"}, 50_000, 0.25),
    ({"workers": 8, "batch_size": 0}, 50_000, 0.25),
])
def test_several_workers_that_train_alone_are_averaged_after_a_few_steps(given, rows, every):
    assert plan_of(given, Facts(rows, 784, 10, "class", cpus=2)).average_every == every


def test_ranks_change_no_period():
    plans = [
        plan_of({"workers": 8}, Facts(50_000, 784, 10, "class", cpus=2, ranks=ranks))
        for ranks in (1, 4)
    ]
    assert plans[0] == plans[1]


def test_the_paper_is_the_paper():
    made = resolve({}, DIGITS, "shell", "paper")
    assert made.plan == paper().plan
    assert made.network == paper().network(400, 10)


def test_given_options_win_and_another_solver_has_its_own_batches_and_state():
    plan = plan_of({"workers": 4, "sampling": {"fraction": 0.5}}, DIGITS, "shell", "paper")
    assert (plan.workers, plan.sampling, plan.batch_size) == (4, Stratified(0.5), 0)
    plan = plan_of({"solver": "adam", "epochs": 3}, DIGITS, "shell", "paper")
    assert (plan.batch_size, plan.solver_state, plan.epochs) == (8, "average", 3)
    assert plan.solver == Adam(1.6e-3 * 2**0.5, Schedule("cosine"))


def test_solvers_bring_what_they_need():
    cg = plan_of({"solver": "cg"})
    assert (cg.solver, cg.batch_size) == (ConjugateGradient(), 0)
    lbfgs = plan_of({"solver": {"name": "lbfgs", "tol": 1e-5}})
    assert (lbfgs.solver, lbfgs.dtype) == (LBFGS(1e-5), "float64")
    assert lbfgs.algorithm == ALGORITHMS.make("lbfgs")
    assert lbfgs.sampling == Shards(shuffle=False)
    assert plan_of({"solver": {"name": "sgd", "learning_rate": "line-search"}}).solver == (
        BacktrackingSGD()
    )
    assert plan_of({"solver": SGD(0.3)}).solver == SGD(0.3)


@pytest.mark.parametrize(("given", "words"), [
    ({"solver": {"learning_rate": "line-search"}}, "learning_rate line-search goes with sgd, not"),
    ({"solver": {"learning_rate": "fast"}}, "learning_rate is 'fast'; it must be a positive"),
    ({"solver": {"name": "magic"}}, "solver 'magic' is unknown; choose sgd, adam"),
    ({"solver": {"name": "cg", "momentum": 0.5}}, "solver cg has no option 'momentum'"),
    ({"solver": {"schedule": {"name": "cosine", "steps": 3}}}, "has no option 'steps'"),
    ({"colour": "red"}, "option 'colour' is unknown; a plan has algorithm, augment, average"),
    ({"loss": "huber"}, "loss huber is for numbers; the target is taken for classes"),
    ({"workers": 0}, "workers is 0; it must be a whole number of at least 1"),
])
def test_what_cannot_be_is_refused(given, words):
    with pytest.raises(ConfigError, match=words):
        plan_of(given)


def test_an_unknown_profile_is_refused():
    with pytest.raises(ConfigError, match="profile 'best' is unknown; choose shell, scikit-learn"):
        plan_of({}, DIGITS, "best")


@pytest.mark.parametrize(("kind", "loss", "output"), [
    ("class", None, "softmax"), ("class", Hinge(), "margin"), ("binary", None, "logistic"),
    ("labels", Hinge(), "margin"), ("number", None, "identity"),
])
def test_the_output_fits_target_and_loss(kind, loss, output):
    assert output_for(loss, kind) == output


def test_few_numbers_in_float64_stay_in_float64():
    few, many = Facts(100, 5, 1, "number", "float64"), Facts(5000, 5, 1, "number", "float64")
    dtypes = [
        plan_of({}, facts, "scikit-learn").dtype for facts in (few, many, few._replace(dtype="f4"))
    ]
    assert dtypes == ["float64", "float32", "float32"]


@pytest.mark.parametrize("names", [("shell",), ("scikit-learn",), ("shell", "paper")])
def test_what_is_resolved_resolves_to_itself(names):
    for facts, given in itertools.product(
        (DIGITS, Facts(50, 3, 1, "number", "float64")), ({}, {"solver": "sgd", "workers": 3}),
    ):
        made = resolve(given, facts, *names)
        again = resolve(configuration(made.plan, network=made.layers), facts, *names)
        assert (again.plan, again.network) == (made.plan, made.network)
        assert again.layers == made.layers


def test_profiles_are_plain_and_copied():
    for name in PROFILES:
        profile(name)["solver"]["name"] = "changed"
        assert PROFILES[name]["solver"]["name"] != "changed"


@pytest.mark.parametrize("asked", ["auto", "local-sgd", {"name": "auto"}, {}])
def test_a_run_without_an_algorithm_averages_models(asked):
    assert algorithm_for(asked) == ALGORITHMS.make("local-sgd")
    assert algorithm_for(ALGORITHMS.make("lbfgs")) == ALGORITHMS.make("lbfgs")


def test_an_option_of_one_algorithm_names_it():
    assert plan_of({"algorithm": {"push": 3}}).algorithm == ALGORITHMS.make(
        {"name": "downpour", "push": 3}
    )
    assert plan_of({"algorithm": {"slices": 3}}).algorithm.parts == 3
    with pytest.raises(ConfigError, match="algorithm local-sgd has no option 'colour'"):
        plan_of({"algorithm": {"colour": "red"}})
