"""Activations and losses that users write, from the function to processes and files."""

import math
import pickle

import numba
import numpy as np
import pytest

import fastavg
from fastavg.errors import ConfigError, DataError
from fastavg.losses import CustomLoss, Poisson, SquaredError
from fastavg.networks.custom import CustomActivation
from fastavg.networks.network import Network
from fastavg.training.checkpoints.periodic import Checkpoints
from fastavg.training.observers.events import RoundFinished
from tests import oracles
from tests.kernels import calls
from tests.kernels.network.test_called_losses import run as run_loss
from tests.problems import TOLERANCE, close, rows_for, weights_of
from tests.training.runs import run, small_plan


@numba.njit
def square(x):
    return x * x


@numba.njit
def bent(z):
    return (math.sqrt(square(z) + 1) - 1) / 2 + z


@numba.njit
def bent_derivative(z):
    return z / (2 * math.sqrt(square(z) + 1)) + 1


@numba.njit
def half_square(prediction, target):
    return 0.5 * square(prediction - target)


@numba.njit
def half_square_derivative(prediction, target):
    return prediction - target


@numba.njit
def deviance(prediction, target):
    logarithm = target * math.log(target) if target > 0 else 0.0
    return logarithm - target * math.log(prediction) - target + prediction


@numba.njit
def deviance_derivative(prediction, target):
    return 1 - target / prediction


@numba.njit
def of_two(a, b):
    return a + b


@numba.njit
def inner(z):
    return math.tanh(z) + np.expm1(-square(z))


@numba.njit
def outer(z):
    return inner(z) / (1 + np.exp(-z))


BENT = CustomActivation(bent, bent_derivative)


@pytest.fixture(autouse=True)
def bent_oracle(monkeypatch):
    def value(z):
        return (np.sqrt(z * z + 1) - 1) / 2 + z

    monkeypatch.setitem(oracles.ACTIVATE, BENT, value)
    monkeypatch.setitem(oracles.DERIVATIVE, BENT, lambda z: z / (2 * np.sqrt(z * z + 1)) + 1)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", [BENT, ("tanh", BENT)])
def test_an_activation_of_one_s_own_trains_and_predicts_like_the_oracle(activation, dtype):
    network = Network((5, 9, 7, 3), activation)
    theta = weights_of(network, dtype=dtype)
    X, Y = rows_for(network, 11, dtype=dtype)
    _, _, derivative = calls.gradient(network, theta, X, Y)
    assert close(derivative, oracles.gradient(network, theta, X, Y), TOLERANCE[dtype])
    model = fastavg.Model(network, theta, np.arange(3))
    assert close(model.predict_proba(X), oracles.predict(network, theta, X), TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("ours", "theirs", "output"),
    [
        (CustomLoss(half_square, half_square_derivative), SquaredError(), "identity"),
        (CustomLoss(deviance, deviance_derivative), Poisson(), "exponential"),
    ],
)
def test_a_loss_of_one_s_own_is_the_built_in_one(ours, theirs, output, dtype):
    random = np.random.default_rng(0)
    z = random.normal(0, 1, (12, 3)).astype(dtype)
    Y = random.poisson(2, (12, 3)).astype(dtype)
    tolerance = 2e-6 if dtype == "float32" else 1e-13
    mine, built_in = run_loss(ours, output, z, Y), run_loss(theirs, output, z, Y)
    assert mine[0] == pytest.approx(built_in[0], rel=tolerance)
    assert close(mine[1], built_in[1], tolerance)
    assert close(ours.rows(z, Y, output), theirs.rows(z, Y, output), tolerance)


def test_a_loss_behind_a_logistic_output_follows_its_derivative():
    loss = CustomLoss(half_square, half_square_derivative)
    z, Y = np.random.default_rng(0).normal(0, 1, (2, 9, 2))
    derivative = run_loss(loss, "logistic", z, Y)[1]
    step = np.array([1e-6, 0])
    rise = loss.rows(z + step, Y, "logistic") - loss.rows(z - step, Y, "logistic")
    assert close(derivative[:, 0], rise / 2e-6, 1e-8)
    with pytest.raises(ConfigError, match=r"CustomLoss goes with the output .*; .* is softmax"):
        loss.check_output("softmax")


def test_processes_run_functions_of_one_s_own_with_the_same_bits():
    def leaky(z):
        # Defined in here: no module to import it from.
        return 1.5 * z if z > 0 else 0.5 * z

    def derivative(z):
        return 1.5 if z > 0 else 0.5

    activation = CustomActivation(numba.njit(leaky), numba.njit(derivative))
    network = Network((5, 7, 3), activation, "identity")
    plan = small_plan(workers=3, loss=CustomLoss(half_square, half_square_derivative))
    whole = run(plan, network)
    assert (run(plan, network, processes=2) == whole).all()
    assert (whole != run(plan, Network((5, 7, 3), output="identity"))).any()


def test_a_file_has_the_name_and_needs_the_function(tmp_path):
    network = Network((3, 4, 4, 2), (BENT, "gelu"))
    model = fastavg.Model(network, weights_of(network), np.array(["a", "b"]))
    path = tmp_path / "model.safetensors"
    model.save(path)
    loaded = fastavg.load(path, custom=[BENT])
    X, _ = rows_for(network, 5)
    assert (loaded.predict_proba(X) == model.predict_proba(X)).all()
    with pytest.raises(DataError, match=r"trained with the activation 'bent' of your own; give"):
        fastavg.load(path)


def test_a_checkpoint_of_other_code_is_refused(tmp_path):
    class Crash:
        def on_event(self, event):
            if isinstance(event, RoundFinished) and event.round == 1:
                raise KeyboardInterrupt

    path, plan = tmp_path / "run", small_plan()
    with pytest.raises(KeyboardInterrupt):
        run(plan, Network((5, 7, 3), BENT), observers=[Crash()], checkpoints=Checkpoints(path, 1))
    other = CustomActivation(bent, square, name="bent")
    with pytest.raises(ConfigError, match=r"network\.activation\.code is .* there and .* here"):
        run(plan, Network((5, 7, 3), other), checkpoints=Checkpoints(resume=path))
    whole = run(plan, Network((5, 7, 3), BENT))
    resumed = run(plan, Network((5, 7, 3), BENT), checkpoints=Checkpoints(resume=path))
    assert (resumed == whole).all()


def test_it_is_known_by_name_and_code_also_after_travelling():
    again = pickle.loads(pickle.dumps(BENT))
    assert again == BENT
    assert hash(again) == hash(BENT)
    assert CustomActivation(bent, bent_derivative, name="other") != BENT
    assert CustomActivation(bent, square) != BENT


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: CustomActivation(bent),
            r"CustomActivation has no derivative; give both value\(z\)",
        ),
        (lambda: CustomActivation(math.sin, bent), r"must be a function with the decorator"),
        (lambda: CustomActivation(of_two, bent), r"value\(z\) of .* cannot be used: not enough"),
        (lambda: CustomLoss(of_two, bent), r"derivative\(prediction, target\) of .* too many"),
        (
            lambda: CustomActivation(numba.njit(lambda z: z.nothing), bent),
            r"cannot be used: Unknown attribute 'nothing' of type float64",
        ),
        (lambda: CustomActivation(bent, numba.njit(lambda z: "a")), r"it returns a str, not a n"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_sentence(make, words):
    with pytest.raises(ConfigError, match=words) as caught:
        make()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("activation", [BENT, ("relu", BENT)])
def test_what_works_without_numba_refuses_it_in_a_sentence(activation, tmp_path):

    network = Network((3, 4, 4, 2), activation)
    path = tmp_path / "model.safetensors"
    fastavg.Model(network, weights_of(network), np.array(["a", "b"])).save(path)
    with pytest.raises(DataError, match=r"activation 'bent' is a user's own"):
        fastavg.load_light(path)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_exponentials_of_numpy_and_math_keep_their_meaning(dtype):
    network = Network((1, 1, 1), CustomActivation(outer, bent_derivative), "identity")
    model = fastavg.Model(network, np.array([1, 0, 1, 0], dtype))
    z = np.linspace(-6, 6, 200)[:, None]
    expected = (np.tanh(z) + np.expm1(-(z**2))) / (1 + np.exp(-z))
    assert close(model.predict(z), expected[:, 0], TOLERANCE[dtype])
