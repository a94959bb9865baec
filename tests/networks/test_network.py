"""A network's flat vector: layout, counts, initial weights, and what is refused."""

import math

import numpy as np
import pytest
from scipy import stats

from fastavg.errors import ConfigError
from fastavg.networks.network import Network
from tests import oracles


def test_views_are_the_layers_of_the_vector_in_the_paper_s_order():
    network = Network((3, 4, 2))
    weights = np.arange(network.n_weights, dtype=float)
    views, expected = network.views(weights), oracles.layers_of(network, weights)
    assert len(views) == len(expected) == 2
    for (W, b), (other_W, other_b) in zip(views, expected):
        assert (other_W == W).all()
        assert (b == other_b).all()
    views[1][0][2, 1] = -7
    assert weights[3 * 4 + 4 + 2 * 2 + 1] == -7


@pytest.mark.parametrize(
    ("sizes", "n_weights", "flops"),
    [
        ((1, 1), 2, 4),
        ((400, 25, 10), 10_285, 6 * 10_250 - 2 * 10_000),
        ((784, 256, 128, 10), 235_146, 6 * (784 * 256 + 256 * 128 + 1280) - 2 * 784 * 256),
        ((784, 2500, 2000, 1500, 1000, 500, 10), 11_972_510, None),
    ],
)
def test_counts(sizes, n_weights, flops):
    network = Network(sizes, output="identity")
    assert network.n_weights == n_weights
    assert flops is None or network.flops_per_row == flops


@pytest.mark.parametrize("init", ["glorot", "he", "lecun", "uniform(-0.5, 0.25)"])
def test_initial_weights_are_a_function_of_the_seed(init):
    network = Network((20, 30, 4))
    one = network.initial_weights(7, init, "float64")
    assert (network.initial_weights(7, init, "float64") == one).all()
    assert (network.initial_weights(7, init, "float32") == one.astype(np.float32)).all()
    assert network.initial_weights(7, init).dtype == np.float32
    assert not (network.initial_weights(8, init, "float64") == one).all()


def standard_deviation(init, fan_in, fan_out):
    return {
        "glorot": math.sqrt(2 / (fan_in + fan_out)),
        "he": math.sqrt(2 / fan_in),
        "lecun": math.sqrt(1 / fan_in),
    }[init]


@pytest.mark.parametrize("init", ["glorot", "he", "lecun"])
def test_initial_weights_have_the_published_distribution(init):
    network = Network((300, 200, 100))
    weights = network.initial_weights(3, init, "float64")
    for (W, b), (fan_in, fan_out) in zip(network.views(weights), network.shapes):
        spread = standard_deviation(init, fan_in, fan_out)
        scaled = W.ravel() / spread
        known = stats.uniform(-math.sqrt(3), 2 * math.sqrt(3)) if init == "glorot" else stats.norm()
        assert stats.kstest(scaled, known.cdf).pvalue > 1e-3
        assert not b.any()


def test_uniform_covers_weights_and_biases():
    network = Network((50, 40, 30))
    weights = network.initial_weights(3, "uniform(-2, 3)", "float64")
    assert stats.kstest(weights, stats.uniform(-2, 5).cdf).pvalue > 1e-3
    assert all(b.any() for _, b in network.views(weights))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"layer_sizes": (3,)}, "two or more whole numbers"),
        ({"layer_sizes": ()}, "two or more whole numbers"),
        ({"layer_sizes": (3, 0, 2)}, "at least 1"),
        ({"layer_sizes": (3, -1, 2)}, "at least 1"),
        ({"layer_sizes": (3, 2.5, 2)}, "whole numbers"),
        ({"layer_sizes": (3, float("nan"), 2)}, "whole numbers"),
        ({"layer_sizes": (3, "wide", 2)}, "whole numbers"),
        ({"layer_sizes": (3, True, 2)}, "whole numbers"),
        ({"layer_sizes": 3}, "whole numbers"),
        ({"layer_sizes": (3, 2), "activation": ("relu",)}, "1 activations were given for 0"),
        ({"layer_sizes": (3, 2, 2), "activation": "swish"}, "'swish' is unknown; choose identity"),
        ({"layer_sizes": (3, 2, 2), "activation": ("swish",)}, "'swish' is unknown"),
        ({"layer_sizes": (3, 2), "output": "sigmoid"}, "'sigmoid' is unknown; choose softmax"),
        ({"layer_sizes": (3, 1)}, "two units or more"),
    ],
)
def test_impossible_networks_are_refused(arguments, message):
    with pytest.raises(ConfigError, match=message):
        Network(**arguments)


@pytest.mark.parametrize(
    "init", ["xavier", "uniform", "uniform()", "uniform(1)", "uniform(a, b)", "uniform(1, 2, 3)",
             "uniform(0, inf)", "uniform(nan, 1)", "uniform(2, 1)"],
)
def test_unknown_inits_are_refused(init):
    with pytest.raises(ConfigError, match="init"):
        Network((3, 2)).initial_weights(0, init)


def test_views_of_another_length_are_refused():
    with pytest.raises(ConfigError, match=r"shape \(7,\); this network needs \(8,\)"):
        Network((3, 2)).views(np.zeros(7))


def test_as_dict_makes_the_same_network():
    network = Network([5, np.int64(4), 3, 2], ["relu", "tanh"], "logistic")
    assert Network(**network.as_dict()) == network
    assert network.activations == ("relu", "tanh", "identity")


def test_biases_are_drawn_like_weights():
    network = Network((40, 30, 2), "logistic")
    (matrix, biases), (_, last) = network.views(network.initial_weights(0, "glorot-biases"))
    bound = np.sqrt(2 / 70)
    assert 0.9 * bound < np.abs(matrix).max() <= bound
    assert 0.7 * bound < np.abs(biases).max() <= bound
    assert (last != 0).all()
    wider, _ = Network((40, 30, 2)).views(
        Network((40, 30, 2)).initial_weights(0, "glorot-biases")
    )[0]
    np.testing.assert_allclose(wider, matrix * np.sqrt(3), rtol=1e-6)
