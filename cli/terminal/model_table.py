"""What a model file holds, as lines for a person."""

from __future__ import annotations

from typing import Any

SHOWN, WIDE = 40, 60
KINDS = {
    "network": "a network", "committee": "a committee of networks", "table": "networks of a table",
}


def model_table(found: dict[str, Any]) -> list[str]:
    """Lines with a name and its value.

    Parameters
    ----------
    found : dict
        As of :func:`fastavg.models.inspection.inspect_model`.

    Returns
    -------
    list of str
        At most 40 columns of the table are listed.
    """
    pairs = [("kind", KINDS[found["kind"]])]
    for at, layer in enumerate(found["layers"]):
        pairs.append((
            "layers" if not at else "",
            f"{layer['inputs']:,} to {layer['units']:,}  {layer['activation']}  "
            f"{layer['weights']:,} weights",
        ))
    pairs.append(("weights", f"{found['weights']:,}  {found['dtype']}"))
    if found["kind"] != "network":
        pairs.append(("networks", f"{found['networks']}"))
    if found["target"] is not None:
        pairs.append(("target", str(found["target"])))
    if found["classes"] is not None:
        listed = ", ".join(map(str, found["classes"]))
        pairs.append(("classes", f"{len(found['classes'])}: {_cut(listed)}"))
    pairs.append(("scaled inputs", "yes" if found["scaled"] else "no"))
    for at, column in enumerate(found["columns"][:SHOWN]):
        text = f"{column['name']}  {column.get('kind') or 'number'}  {column['inputs']} inputs"
        if column.get("levels"):
            text += f"  {_cut(', '.join(column['levels']))}"
        pairs.append(("columns" if not at else "", text))
    if len(found["columns"]) > SHOWN:
        pairs.append(("", f"and {len(found['columns']) - SHOWN} more; --json has them all"))
    pairs += [
        ("written by", f"fastavg {found['fastavg']}, format {found['format']}"),
        ("size", f"{found['bytes']:,} bytes"),
        ("SHA-256", f"{found['file_sha256']}  of the file"),
        ("", f"{found['weights_sha256']}  of the weights"),
    ]
    return [f"{left:<16}{right}" for left, right in pairs]


def _cut(text: str) -> str:
    return text if len(text) <= WIDE else f"{text[:WIDE - 3]}..."
