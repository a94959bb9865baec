"""Models as one C file without dependencies, which computes in double precision.

.. code-block:: c

    double out[FASTAVG_OUTPUTS];
    fastavg_predict(x, out);                          a network of numbers
    fastavg_predict(numbers, words, out);             a model of a table
    fastavg_classes[fastavg_class(out)];              of classifiers

Compiled with ``-DFASTAVG_MAIN`` it is a program: a row a line on standard input, values
between tabs, empty for missing; the outputs of each row on standard output.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.errors import ConfigError
from fastavg.models.c_table import INPUT_PLACES, c_text, table_encoder_c
from fastavg.models.committee import Committee
from fastavg.models.model import Model
from fastavg.models.numpy_model import NumpyModel, numpy_model
from fastavg.models.tabular_model import TabularModel
from fastavg.networks.parametric_activations import ParametricActivation, base_of
from fastavg.version import VERSION

ACTIVATIONS = {
    "identity": "z", "logistic": "1.0 / (1.0 + exp(-z))", "tanh": "tanh(z)",
    "relu": "z < 0 ? 0 : z", "leaky_relu": "z < 0 ? 0.01 * z : z", "elu": "z < 0 ? expm1(z) : z",
    "gelu": "0.5 * z * erfc(-z * 0.70710678118654752440)", "silu": "z / (1.0 + exp(-z))",
    "softplus": "(z < 0 ? 0 : z) + log1p(exp(-fabs(z)))",
    "lecun_tanh": "1.7159 * tanh(z * (2.0 / 3.0))",
    "selu": "z < 0 ? 1.0507009873554805 * 1.6732632423543772 * expm1(z) : 1.0507009873554805 * z",
    "mish": "z * tanh((z < 0 ? 0 : z) + log1p(exp(-fabs(z))))",
}
HEAD = """/* A model that fastavg {version} wrote; C99, needs libm alone.
   SHA-256 of the weights: see the model file. */
#include <math.h>
#include <stddef.h>
#include <string.h>

#define FASTAVG_INPUTS {inputs}
#define FASTAVG_OUTPUTS {outputs}
"""
FORWARD = """
static void fastavg_layer(const double *x, int n, const double *w, const double *b, int m,
                          double *z)
{
    for (int j = 0; j < m; j++) z[j] = b[j];
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++) z[j] += x[i] * w[(size_t)i * m + j];
}
"""
SOFTMAX = """
static void fastavg_softmax(double *z, int n, double temperature)
{
    double most = z[0], sum = 0;
    for (int j = 1; j < n; j++) if (z[j] > most) most = z[j];
    for (int j = 0; j < n; j++) sum += z[j] = exp((z[j] - most) / temperature);
    for (int j = 0; j < n; j++) z[j] /= sum;
}
"""
CLASS = """
int fastavg_class(const double *out)
{
    int best = 0;
    for (int j = 1; j < FASTAVG_OUTPUTS; j++) if (out[j] > out[best]) best = j;
    return best;
}
"""
ABOVE = """
int fastavg_class(const double *out)
{{
    return out[1] > {threshold!r};
}}
"""
MAIN = """
#ifdef FASTAVG_MAIN
#include <stdio.h>
#include <stdlib.h>

static char line[1 << 20];

int main(void)
{
    while (fgets(line, sizeof line, stdin)) {
        double out[FASTAVG_OUTPUTS];
        char *at = line;
        line[strcspn(line, "\\r\\n")] = 0;
READ
        for (int j = 0; j < FASTAVG_OUTPUTS; j++)
            printf(j ? "\\t%.17g" : "%.17g", out[j]);
        printf("\\n");
    }
    return 0;
}
#endif
"""
NEXT = """\
            char *end = strchr(at, '\\t');
            if (end) *end = 0;
"""
READ_NUMBERS = f"""\
        double x[FASTAVG_INPUTS];
        for (int i = 0; i < FASTAVG_INPUTS; i++) {{
{NEXT}            x[i] = *at ? strtod(at, NULL) : NAN;
            at = end ? end + 1 : at + strlen(at);
        }}
        fastavg_predict(x, out);"""
READ_COLUMNS = f"""\
        double numbers[FASTAVG_COLUMNS];
        const char *words[FASTAVG_COLUMNS];
        for (int i = 0; i < FASTAVG_COLUMNS; i++) {{
{NEXT}            words[i] = *at ? at : NULL;
            numbers[i] = *at ? strtod(at, NULL) : NAN;
            at = end ? end + 1 : at + strlen(at);
        }}
        fastavg_predict(numbers, words, out);"""


def c_source(model: Model | Committee | TabularModel) -> str:
    """A model as C.

    Parameters
    ----------
    model : Model, Committee or TabularModel
        Its outputs are those of ``predict_proba``, or of ``predict`` for numbers, margins
        and labels (their probabilities).

    Returns
    -------
    str
        One file.

    Raises
    ------
    ConfigError
        If an activation is a user's own.

    Examples
    --------
    >>> from fastavg import Network
    >>> text = c_source(Model(Network((2, 1), output="identity"), np.zeros(3, "f4")))
    >>> "void fastavg_predict(const double *x, double *out)" in text
    True
    """
    unknown = [
        each for each in model.network.activations[:-1]
        if base_of(each) not in ACTIVATIONS
    ]
    if unknown:
        raise ConfigError(f"activation {unknown[0]!r} is a user's own, which has no form in C")
    if isinstance(model, TabularModel):
        return _of_table(model)
    return _of_networks(model, model.models if isinstance(model, Committee) else (model,))


def portable(model: Model | TabularModel, member: int = 0) -> NumpyModel:
    """The layers of a model's network in float64, as NumPy computes with them.

    Parameters
    ----------
    model : Model or TabularModel
        A trained model.
    member : int, default 0
        Which network of a model of a table.

    Returns
    -------
    NumpyModel
        The scaling of the inputs is part of the first layer.
    """
    weights = model.weights if isinstance(model, Model) else model.members[member]
    made = numpy_model(
        model.network.layer_sizes, list(model.network.activations[:-1]), model.network.output,
        weights, model.classes,
    )
    scaling = model.scaling if isinstance(model, Model) else None
    if scaling is None:
        return made
    (first, bias), *rest = made.layers
    moved = np.asarray(scaling.onto(first))
    folded = (moved, bias - scaling.shift @ moved)
    return NumpyModel((folded, *rest), made.activations, made.output, made.classes)


def _of_networks(model: Model | Committee, members: Sequence[Model]) -> str:
    outputs = model.network.layer_sizes[-1]
    binary = outputs == 1 and model.classes is not None and model.network.output == "logistic"
    parts = [
        HEAD.format(version=VERSION, inputs=model.network.layer_sizes[0],
                    outputs=2 if binary else outputs),
        _classes(model.classes), FORWARD, SOFTMAX if model.network.output == "softmax" else "",
        *(_network(f"fastavg_network_{at}", portable(each)) for at, each in enumerate(members)),
        "\nvoid fastavg_predict(const double *x, double *out)\n{\n",
        _mean_of(model, len(members)), _shares(model, binary), "}\n",
    ]
    if model.classes is not None and model.network.output != "margin":
        parts.append(CLASS)
    return "".join([*parts, MAIN.replace("READ", READ_NUMBERS)])


def _mean_of(model: Model | Committee, members: int) -> str:
    # The networks' outputs behind the output function, averaged.
    n, output = model.network.layer_sizes[-1], model.network.output
    into = "out" if members == 1 else "one"
    each = f"    for (int j = 0; j < {n}; j++) "
    behind = {
        "softmax": f"    fastavg_softmax({into}, {n}, 1.0);\n",
        "exponential": f"{each}{into}[j] = exp({into}[j]);\n",
        "logistic": f"{each}{into}[j] = 1.0 / (1.0 + exp(-{into}[j]));\n",
    }.get(output, "")
    if members == 1:
        return f"    fastavg_network_0(x, out);\n{behind}"
    lines = [f"    double one[{n}];\n{each}out[j] = 0;\n"]
    for member in range(members):
        lines.append(f"    fastavg_network_{member}(x, one);\n{behind}")
        lines.append(f"{each}out[j] += one[j] / {members};\n")
    return "".join(lines)


def _shares(model: Model | Committee, binary: bool) -> str:
    # Of one unit or of classes one against the rest, probabilities that sum to 1.
    each = "    for (int j = 0; j < FASTAVG_OUTPUTS; j++) "
    if binary:
        return "    out[1] = out[0];\n    out[0] = 1.0 - out[1];\n"
    if model.network.output == "logistic" and model.classes is not None:
        return (
            f"    double sum = 0;\n{each}sum += out[j];\n"
            f"{each}out[j] /= sum > 1e-300 ? sum : 1e-300;\n"
        )
    return ""


def _of_table(model: TabularModel) -> str:
    inputs, outputs = model.network.layer_sizes[0], model.network.layer_sizes[-1]
    members = len(model.members)
    columns = model.feature_names
    parts = [
        HEAD.format(version=VERSION, inputs=inputs, outputs=outputs),
        f"#define FASTAVG_COLUMNS {len(columns)}\n",
        "/* Numbers as they are, dates as days since 1970; of categories the words. */\n",
        f"const char *const fastavg_columns[] = {_texts(columns)};\n",
        _classes(model.classes), FORWARD, "" if model.classes is None else SOFTMAX,
        table_encoder_c(model.encoder),
    ]
    for member in range(members):
        parts.append(_network(f"fastavg_network_{member}", portable(model, member)))
    parts.append(
        "\nvoid fastavg_predict(const double *numbers, const char *const *words, double *out)\n{\n"
        f"    double {INPUT_PLACES}[FASTAVG_INPUTS], one[FASTAVG_OUTPUTS];\n"
        f"    fastavg_encode(numbers, words, {INPUT_PLACES});\n"
        "    for (int j = 0; j < FASTAVG_OUTPUTS; j++) out[j] = 0;\n"
    )
    for member in range(members):
        parts.append(f"    fastavg_network_{member}({INPUT_PLACES}, one);\n")
        parts.append(_answer(model, members))
    parts.append("}\n")
    if model.classes is not None:
        parts.append(CLASS if model.threshold == 0.5 or outputs != 2 else ABOVE.format(
            threshold=float(model.threshold)
        ))
    return "".join([*parts, MAIN.replace("READ", READ_COLUMNS)])


def _answer(model: TabularModel, members: int) -> str:
    add = f"    for (int j = 0; j < FASTAVG_OUTPUTS; j++) out[j] += one[j] / {members};\n"
    if model.classes is not None:
        return f"    fastavg_softmax(one, FASTAVG_OUTPUTS, {model.temperature!r});\n{add}"
    scaling, lines = model.target_scaling, []
    assert scaling is not None
    for at in range(model.network.layer_sizes[-1]):
        mean, spread, low, high = (
            repr(float(part[at])) for part in (
                scaling.mean, scaling.spread, scaling.low, scaling.high
            )
        )
        lines.append(
            f"    one[{at}] = one[{at}] * {spread} + {mean};\n"
            f"    one[{at}] = one[{at}] < {low} ? {low} : one[{at}] > {high} ? {high} "
            f": one[{at}];\n"
        )
    return "".join(lines) + add


def _network(name: str, made: NumpyModel) -> str:
    parts, widest = [], max(matrix.shape[1] for matrix, _ in made.layers)
    for at, (matrix, bias) in enumerate(made.layers):
        parts.append(_numbers(f"{name}_w{at}", matrix.ravel()))
        parts.append(_numbers(f"{name}_b{at}", bias))
        activation = made.activations[at]
        if isinstance(activation, ParametricActivation):
            parts.append(_numbers(f"{name}_a{at}", activation.changes))
    parts.append(
        f"\nstatic void {name}(const double *x, double *out)\n{{\n"
        f"    double even[{widest}], odd[{widest}];\n"
    )
    given = "x"
    for at, (matrix, _) in enumerate(made.layers):
        last = at == len(made.layers) - 1
        into = "out" if last else ("even", "odd")[at % 2]
        n, m = matrix.shape
        parts.append(f"    fastavg_layer({given}, {n}, {name}_w{at}, {name}_b{at}, {m}, {into});\n")
        activation = made.activations[at]
        if isinstance(activation, ParametricActivation):
            parts.append(
                f"    for (int j = 0; j < {m}; j++) {{ double z = {into}[j]; "
                f"double f = {ACTIVATIONS[activation.base.name]}; "
                f"{into}[j] = f + {name}_a{at}[j] * (f - z); }}\n"
            )
        elif activation != "identity" and not last:
            parts.append(
                f"    for (int j = 0; j < {m}; j++) {{ double z = {into}[j]; "
                f"{into}[j] = {ACTIVATIONS[activation]}; }}\n"
            )
        given = into
    unused = "    (void)even; (void)odd;\n" if len(made.layers) < 3 else ""
    return "".join([*parts, unused, "}\n"])


def _numbers(name: str, values: NDArray[Any]) -> str:
    # Nine digits give a float32 back if they are read as one, seventeen a float64.
    single = np.array_equal(values, values.astype(np.float32))
    written = _single if single else repr
    rows = [
        ", ".join(written(value) for value in values[at : at + 8].tolist())
        for at in range(0, len(values), 8)
    ]
    return f"static const double {name}[] = {{\n" + ",\n".join(rows) + "};\n"


def _single(value: float) -> str:
    text = format(value, ".9g")
    return f"{text}f" if "." in text or "e" in text else f"{text}.0f"


def _classes(classes: NDArray[Any] | None) -> str:
    if classes is None:
        return ""
    return f"const char *const fastavg_classes[] = {_texts([str(each) for each in classes])};\n"


def _texts(texts: Sequence[str]) -> str:
    return "{" + ", ".join(map(c_text, texts)) + "}"
