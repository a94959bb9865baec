"""Parts of a plan that do not go together are refused in one sentence."""

from __future__ import annotations

import pytest

from fastavg import Plan
from fastavg.errors import ConfigError


@pytest.mark.parametrize(("options", "sentence"), [
    ({"solver": "cg", "batch_size": 0, "regularization": {"dropout": 0.5}}, "dropout, l1"),
    ({"solver": "cg", "batch_size": 0, "augment": "affine"}, "augment goes with optimizers"),
    ({"reduction": "int8"}, "reduction int8 is too coarse"),
    ({"reduction": "int8", "algorithm": "gradient-averaging"}, "it goes with local-sgd, not"),
    ({"solver": "schedule-free-sgd", "solver_state": "keep"}, "goes with average"),
    ({"sampling": "emphasis", "algorithm": "gradient-averaging"}, "sampling is emphasis"),
    ({"products": "bfloat16", "dtype": "float64"}, "products in bfloat16 need dtype float32"),
    ({"period": "ramp", "algorithm": "gradient-averaging"}, "period is ramp; that goes with"),
])
def test_each_is_named(options, sentence):
    with pytest.raises(ConfigError, match=sentence):
        Plan(workers=2, **options)


def test_others_are_taken():
    assert Plan(workers=2, solver="adam", reduction="int8", solver_state="keep").workers == 2
