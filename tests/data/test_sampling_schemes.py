"""Sampling schemes: what they refuse, and that each makes its own sampler."""

import numpy as np
import pytest

from fastavg.data.partition_sampler import PartitionSampler
from fastavg.data.partitions import Cut
from fastavg.data.sampling import Sampler
from fastavg.data.sampling_schemes import (
    SAMPLINGS,
    Partitions,
    Resample,
    Shards,
    Stratified,
    partitions_of,
    sampling,
)
from fastavg.errors import ConfigError

CLASSES = np.array([[0.0], [1.0]] * 10)


@pytest.mark.parametrize("scheme", [Resample, Stratified])
@pytest.mark.parametrize("fraction", [0, -0.5, 1.5, float("nan"), "half"])
def test_impossible_fractions_are_refused(scheme, fraction):
    with pytest.raises(ConfigError, match=f"fraction is {fraction!r}; it must be above 0 and at"):
        scheme(fraction)


@pytest.mark.parametrize("name", sorted(SAMPLINGS.members.keys() - {"balanced"}))
@pytest.mark.parametrize("shuffle", [True, False])
def test_a_name_makes_the_sampler_of_its_kind(name, shuffle):
    made = sampling(name, shuffle=shuffle).sampler(20, 2, 3, 7, CLASSES)
    kind = PartitionSampler if name == "partitions" else Sampler
    name = "shards" if name == "emphasis" else name
    assert made == kind(20, 2, 3, name, 1.0, shuffle, 7)


def test_balanced_rows_are_always_drawn_anew():
    made = sampling("balanced").sampler(20, 2, 3, 7, CLASSES)
    assert (made.kind, made.shuffle, made.seed) == ("balanced", True, 7)
    np.testing.assert_array_equal(made.classes, CLASSES[:, 0])
    with pytest.raises(ConfigError, match="balanced has no option 'shuffle'"):
        sampling("balanced", shuffle=False)


def test_a_scheme_is_itself_and_a_strange_name_is_refused():
    assert sampling(Resample(0.5)) == Resample(0.5)
    with pytest.raises(ConfigError, match="sampling 'bootstrap' is unknown; choose shards, resamp"):
        sampling("bootstrap")


def test_more_workers_than_rows_are_refused_for_shards_only():
    with pytest.raises(ConfigError, match="9 workers cannot share 8 training rows; 8 workers or"):
        Shards().sampler(8, 9, 1, 0)
    assert Resample().sampler(8, 9, 1, 0).workers == 9


def test_rows_in_parts_are_for_partitions_and_a_worker_each():
    cut = Cut((3, 4), range(1, 2))
    assert partitions_of(Partitions(window=2), cut, 2).sampler_of(cut, 3, 7).window == 2
    with pytest.raises(ConfigError, match="sampling is shards, and the rows lie in parts with one"):
        partitions_of(Shards(), cut, 2)
    with pytest.raises(ConfigError, match="3 workers and 2 parts of the rows; each worker has a"):
        partitions_of(Partitions(), cut, 3)
