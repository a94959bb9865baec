"""scikit-learn's own tests of its MLP, run on these estimators with only the import changed.

    python -m tests.promises.scikit_learn_mlp
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from importlib import resources
from pathlib import Path

THEIRS = "from sklearn.neural_network import MLPClassifier, MLPRegressor\n"
OURS = "from fastavg import MLPClassifier, MLPRegressor\n"
# They are their package's: what they are allowed to warn about is their settings'.
SETTINGS = "[pytest]\naddopts =\n"


def outcomes(folder: Path) -> dict[str, str]:
    """Every test of the installed scikit-learn's test_mlp.py: '' if it passes, else why not.

    Parameters
    ----------
    folder : Path
        Where to write the changed file.

    Raises
    ------
    RuntimeError
        If the file does not import its MLP in the one line that is changed.
    """
    source = resources.files("sklearn.neural_network").joinpath("tests/test_mlp.py").read_text()
    if source.count(THEIRS) != 1:
        raise RuntimeError("test_mlp.py of this scikit-learn imports its MLP in another way")
    (folder / "test_mlp.py").write_text(source.replace(THEIRS, OURS))
    (folder / "pytest.ini").write_text(SETTINGS)
    record = folder / "record.xml"
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "pytest.ini",
         # Its fixtures, seeds among them.
         "-p", "sklearn.conftest", f"--junit-xml={record}", "test_mlp.py"],
        cwd=folder, stdout=subprocess.DEVNULL, timeout=900, check=False,
    )
    found = {}
    for case in ElementTree.parse(record).iter("testcase"):
        fault = case.find("failure")
        fault = case.find("error") if fault is None else fault
        found[case.attrib["name"]] = "" if fault is None else fault.attrib["message"]
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        results = outcomes(Path(place))
    failed = {name: why for name, why in results.items() if why}
    for name, why in failed.items():
        sys.stdout.write(f"{name}\n    {why.splitlines()[0][:160]}\n")
    sys.stdout.write(f"{len(results) - len(failed)} of {len(results)} pass\n")
