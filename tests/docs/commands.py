"""The commands on the pages: found, cut into words, and the files that they read."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from tests.docs.pages import fences

SHELLS = ("console", "shell", "sh", "bash")


@dataclass(frozen=True)
class Command:
    """One command of a page.

    Parameters
    ----------
    words : tuple of str
        Program and arguments.
    output : str or None
        The file that standard output goes to.
    behind : bool
        True if it runs in the background.
    text : str
        As it stands on the page.
    """

    words: tuple[str, ...]
    output: str | None
    behind: bool
    text: str


def commands_of(language: str, block: str) -> Iterator[Command]:
    """The commands of a block, in order; what they print is left out."""
    joined = re.sub(r"\\\n\s*", "", block)
    for line in joined.splitlines():
        if language == "console":
            if not line.startswith("$ "):
                continue
            line = line[2:]
        reader = shlex.shlex(line, posix=True, punctuation_chars="&>();")
        reader.whitespace_split, reader.commenters = True, "#"
        words: list[str] = []
        output, after = None, False
        for word in [*reader, "&&"]:
            if word in ("&&", "&"):
                if words:
                    yield Command(tuple(words), output, word == "&", line.strip())
                words, output = [], None
            elif word == ">":
                after = True
            elif after:
                output, after = word, False
            else:
                words.append(word)


def on_page(page: Path) -> list[Command]:
    """All commands of a page."""
    return [
        command for language, block in fences(page) if language in SHELLS
        for command in commands_of(language, block)
    ]


def make_files(folder: Path) -> None:
    """The data files that the pages speak of, small ones."""
    random = np.random.default_rng(0)
    X = random.normal(size=(160, 6)).astype(np.float32)
    y = (X[:, 0] + X[:, 1] > 0).astype(int)
    for name in ("data.npz", "digits.npz"):
        np.savez(folder / name, X=X, y=y)
    np.savez(folder / "images.npz", X=np.abs(random.normal(size=(120, 64))) % 1, y=y[:120])
    flowers = pd.DataFrame(X[:120, :3], columns=["length", "width", "height"])
    flowers["kind"] = np.where(y[:120] > 0, "long", "short")
    flowers.to_csv(folder / "flowers.csv", index=False)
    flowers.rename(columns={"kind": "species"}).to_csv(folder / "measurements.csv", index=False)
    people = pd.DataFrame({
        "Name": [f"name {number}" for number in range(120)],
        "PClass": random.choice(["1st", "2nd", "3rd"], 120),
        "Age": np.where(random.random(120) < 0.3, np.nan, random.integers(1, 80, 120)),
        "Survived": y[:120],
    })
    people.to_csv(folder / "titanic.csv", index=False)
    # Files of new rows have the columns of both; what a model does not know is left out.
    both = pd.concat([people, flowers.rename(columns={"kind": "species"})], axis=1)
    both.to_csv(folder / "others.csv", index=False)
    both.drop(columns=["Survived", "species"]).head(9).to_csv(folder / "new.csv", index=False)
    houses = pd.DataFrame({
        "rooms": random.integers(1, 9, 120), "town": random.choice(["Ulm", "Bonn"], 120),
    })
    houses["price"] = 100.5 * houses["rooms"] + random.normal(size=120)
    for name in ("houses.csv", "more-houses.csv"):
        houses.to_csv(folder / name, index=False)
    houses.drop(columns="price").head(9).to_csv(folder / "unknown-houses.csv", index=False)
    for part in "ab":
        flowers.to_parquet(folder / f"rows-{part}.parquet", row_group_size=30)
        houses.to_parquet(folder / f"houses-{part}.parquet", row_group_size=30)
