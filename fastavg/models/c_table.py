"""The columns of a table as inputs of a network, in C."""

from __future__ import annotations

import numpy as np

from fastavg.data.preprocessing.contract import Transform
from fastavg.data.preprocessing.indicator import MissingIndicator
from fastavg.data.preprocessing.one_hot import SIGNS, OneHot, Sign
from fastavg.data.preprocessing.piecewise_linear import PiecewiseLinear
from fastavg.data.preprocessing.quantile import REACH, Quantile
from fastavg.data.preprocessing.scaled import Scaled
from fastavg.data.preprocessing.table_encoder import CATEGORIES, Feature, TableEncoder

# What the encoded row is called in the C code.
INPUT_PLACES = "x"
HELPERS = """
static double fastavg_year_day(double days)
{
    /* Days since the first of January of the year; civil-from-days of the Gregorian calendar. */
    double z = floor(days) + 719468;
    double era = floor(z / 146097), doe = z - era * 146097;
    double yoe = floor((doe - floor(doe / 1460) + floor(doe / 36524) - floor(doe / 146096)) / 365);
    double year = yoe + era * 400;
    double doy = doe - (365 * yoe + floor(yoe / 4) - floor(yoe / 100));
    double y = doy >= 306 ? year + 1 : year;
    int leap = fmod(y, 4) == 0 && (fmod(y, 100) != 0 || fmod(y, 400) == 0);
    return doy >= 306 ? doy - 306 : doy + 59 + leap;
}

static int fastavg_level(const char *word, const char *const *levels, int n)
{
    if (!word) return n + 1;
    for (int i = 0; i < n; i++) if (!strcmp(word, levels[i])) return i;
    return n;
}

static void fastavg_bins(double v, const double *edges, int n, double *x)
{
    for (int i = 0; i < n; i++) {
        double part = (v - edges[i]) / (edges[i + 1] - edges[i]);
        x[i] = isnan(v) ? 0 : 2 * (part < 0 ? 0 : part > 1 ? 1 : part) - 1;
    }
}

static double fastavg_place(double v, const double *edges, const double *places, int n)
{
    if (isnan(v)) return 0.5;
    if (v <= edges[0]) return places[0];
    for (int i = 1; i < n; i++)
        if (v <= edges[i])
            return places[i - 1]
                + (places[i] - places[i - 1]) * (v - edges[i - 1]) / (edges[i] - edges[i - 1]);
    return places[n - 1];
}
"""
UNUSED = (
    "    (void)fastavg_year_day; (void)fastavg_level; (void)fastavg_bins; (void)fastavg_place;\n"
)


def table_encoder_c(encoder: TableEncoder) -> str:
    """A C function ``fastavg_encode(numbers, words, x)``.

    Parameters
    ----------
    encoder : TableEncoder
        What becomes of each column.

    Returns
    -------
    str
        The function, and tables and helpers that it needs.
    """
    place = {name: at for at, name in enumerate(encoder.columns)}
    tables: list[str] = []
    lines: list[str] = []
    at = 0
    for number, feature in enumerate(encoder.features):
        column = place[feature.column]
        lines.append(f"    /* {c_comment(feature.column)}, {feature.part} */\n")
        if feature.part in CATEGORIES:
            lines.append(_category(feature, number, column, at, tables))
        else:
            lines.append(f"    v = {_part(feature.part, column)};\n")
            for which, transform in enumerate(feature.transforms):
                lines.append(_number(transform, f"fastavg_t{number}_{which}", at, tables))
                at += transform.width
            continue
        at += feature.width
    return "".join([
        HELPERS, *tables,
        "\nstatic void fastavg_encode(const double *numbers, const char *const *words, double *x)\n"
        "{\n    double v; int k;\n    (void)v; (void)k; (void)numbers; (void)words;\n", UNUSED,
        "    for (int i = 0; i < FASTAVG_INPUTS; i++) x[i] = 0;\n", *lines, "}\n",
    ])


def c_text(text: str) -> str:
    r"""A text as C writes it.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        With its quotation marks, in UTF-8.

    Examples
    --------
    >>> print(c_text('a "b"'))
    "a \042b\042"
    """
    bytes_ = text.encode("utf-8", "surrogatepass")
    plain = "".join(
        chr(each) if 32 <= each < 127 and each not in b'"\\?' else f"\\{each:03o}"
        for each in bytes_
    )
    return f'"{plain}"'


def c_comment(text: str) -> str:
    """A text that cannot end a comment.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        Printable ASCII.

    Examples
    --------
    >>> c_comment("a */ b")
    'a * / b'
    """
    plain = text.encode("ascii", "replace").decode()
    return "".join(each if each.isprintable() else " " for each in plain).replace("*/", "* /")


def _part(part: str, column: int) -> str:
    days = f"numbers[{column}]"
    return {
        "number": days, "day": days, "hour": f"({days} - floor({days})) * 24",
        "weekday": f"floor({days}) + 3 - 7 * floor((floor({days}) + 3) / 7)",
        "year_day": f"isnan({days}) ? NAN : fastavg_year_day({days})",
    }[part]


def _number(transform: Transform, name: str, at: int, tables: list[str]) -> str:
    if isinstance(transform, MissingIndicator):
        return f"    x[{at}] = isnan(v) ? 1 : 0;\n"
    if isinstance(transform, Scaled):
        z = f"(v - {transform.center!r}) * {transform.factor!r}"
        made = f"    x[{at}] = isnan(v) ? 0 : {z};\n"
        if transform.limit:
            limit = repr(transform.limit)
            made += f"    x[{at}] /= sqrt(1 + (x[{at}] / {limit}) * (x[{at}] / {limit}));\n"
        return made
    if isinstance(transform, PiecewiseLinear):
        tables.append(_table(f"{name}_edges", transform.edges.tolist()))
        return f"    fastavg_bins(v, {name}_edges, {transform.width}, x + {at});\n"
    assert isinstance(transform, Quantile)
    tables.append(_table(f"{name}_edges", transform.edges.tolist()))
    tables.append(_table(f"{name}_places", transform.places.tolist()))
    return (
        f"    x[{at}] = (2 * fastavg_place(v, {name}_edges, {name}_places, "
        f"{len(transform.edges)}) - 1) * {REACH!r};\n"
    )


def _category(feature: Feature, number: int, column: int, at: int, tables: list[str]) -> str:
    (transform,) = feature.transforms
    name = f"fastavg_t{number}"
    word = f"words[{column}]"
    if feature.part == "known":
        # Who a row is does not matter, only whether somebody said so.
        word = f'({word} ? "known" : NULL)'
    levels = ", ".join(map(c_text, feature.levels))
    tables.append(f"static const char *const {name}_levels[] = {{{levels}}};\n")
    found = f"    k = fastavg_level({word}, {name}_levels, {len(feature.levels)});\n"
    if isinstance(transform, Sign):
        tables.append(_table(f"{name}_signs", SIGNS.tolist()))
        return f"{found}    x[{at}] = {name}_signs[k];\n"
    assert isinstance(transform, OneHot)
    places = ", ".join(map(str, np.asarray(transform.places).tolist()))
    tables.append(f"static const int {name}_places[] = {{{places}}};\n")
    return f"{found}    if ({name}_places[k] >= 0) x[{at} + {name}_places[k]] = 1;\n"


def _table(name: str, values: list[float]) -> str:
    return f"static const double {name}[] = {{{', '.join(map(repr, values))}}};\n"
