"""The inputs of rows in parts are those that the encoder of the whole makes of them."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from fastavg.data.frame import Frame
from fastavg.data.parts.encoded_parts import encoded_parts
from fastavg.data.parts.opened_parts import open_parts
from tests.communicators.ranks import on_ranks
from tests.data.parts.tables import table, truth, write_table


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_table(tmp_path_factory.mktemp("table"))


@pytest.mark.parametrize("scale", ["robust", "quantile"])
@pytest.mark.parametrize("test_size", [0.0, 0.5])
def test_inputs_are_those_of_the_encoder(scale, test_size, files):
    def rank(ranks):
        return encoded_parts(
            open_parts(files, "price", None, 5), scale, ranks, test_size
        )

    for source in on_ranks(2, rank):
        expected = source.learnt.encoder.apply(Frame(table()), "float64")
        # As it is sent to a process that reads from disk.
        source = pickle.loads(pickle.dumps(source))
        parts = [source.read(part, 0, size) for part, size in enumerate(source.sizes)]
        assert np.array_equal(np.concatenate([part.X for part in parts]), expected)
        assert np.concatenate([part.y for part in parts]).tolist() == truth().tolist()
        assert expected.shape[1] == source.n_features
        assert (source.names, source.weighted) == (None, False)
