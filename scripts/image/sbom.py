"""Prints a CycloneDX 1.6 SBOM of the Python packages that this interpreter finds.

Usage: python sbom.py NAME VERSION. Without times and random numbers: the same packages give the
same file.
"""

from __future__ import annotations

import json
import re
import sys
from importlib.metadata import Distribution, PackageMetadata, distributions
from typing import Any


def main(name: str, version: str) -> None:
    """Print the SBOM of the application `name`."""
    components = {part["purl"]: part for part in map(component, distributions())}
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": name, "version": version}},
        "components": [components[purl] for purl in sorted(components)],
    }
    print(json.dumps(document, indent=1, sort_keys=True))


def component(distribution: Distribution) -> dict[str, Any]:
    """One package: its name, version, package URL and license."""
    metadata = distribution.metadata
    name = re.sub(r"[-_.]+", "-", metadata["Name"]).lower()
    purl = f"pkg:pypi/{name}@{distribution.version}"
    found = {"type": "library", "name": name, "version": distribution.version, "purl": purl}
    license_ = _license(metadata)
    return {**found, "bom-ref": purl, "licenses": [license_]} if license_ else found


def _license(metadata: PackageMetadata) -> dict[str, Any] | None:
    expression, text = (
        (metadata.get_all(name) or [""])[0] for name in ("License-Expression", "License")
    )
    if expression:
        return {"expression": expression}
    classifiers = [
        line.rpartition(" :: ")[2]
        for line in metadata.get_all("Classifier") or []
        if line.startswith("License ::")
    ]
    name = ", ".join(classifiers) or text.strip().partition("\n")[0]
    return {"license": {"name": name}} if name else None


if __name__ == "__main__":
    main(*sys.argv[1:])
