"""Sampling schemes: what they refuse, and that each makes its own sampler."""

import numpy as np
import pytest

from fastavg.data.sampling import Sampler
from fastavg.data.sampling_schemes import SAMPLINGS, Resample, Shards, Stratified, sampling
from fastavg.errors import ConfigError

CLASSES = np.array([[0.0], [1.0]] * 10)


@pytest.mark.parametrize("scheme", [Resample, Stratified])
@pytest.mark.parametrize("fraction", [0, -0.5, 1.5, float("nan"), "half"])
def test_impossible_fractions_are_refused(scheme, fraction):
    with pytest.raises(ConfigError, match=f"fraction is {fraction!r}; it must be above 0 and at"):
        scheme(fraction)


@pytest.mark.parametrize("name", SAMPLINGS.members)
@pytest.mark.parametrize("shuffle", [True, False])
def test_a_name_makes_the_sampler_of_its_kind(name, shuffle):
    made = sampling(name, shuffle=shuffle).sampler(20, 2, 3, 7, CLASSES)
    assert made == Sampler(20, 2, 3, name, 1.0, shuffle, 7)


def test_a_scheme_is_itself_and_a_strange_name_is_refused():
    assert sampling(Resample(0.5)) == Resample(0.5)
    with pytest.raises(ConfigError, match="sampling 'bootstrap' is unknown; choose shards, resamp"):
        sampling("bootstrap")


def test_more_workers_than_rows_are_refused_for_shards_only():
    with pytest.raises(ConfigError, match="9 workers cannot share 8 training rows; 8 workers or"):
        Shards().sampler(8, 9, 1, 0)
    assert Resample().sampler(8, 9, 1, 0).workers == 9
