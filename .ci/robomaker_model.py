"""Compare the table of RoboMaker's API with the model in a wheel of botocore, member by member, texts and deprecations aside.

``python .ci/robomaker_model.py botocore-1.40.30-py3-none-any.whl`` reads the wheel as an archive; nothing of it is installed.
"""

from __future__ import annotations

import gzip
import json
import sys
import zipfile
from typing import Any

from rolloutsim.robomaker.operations import OPERATIONS, UNSERVED
from rolloutsim.robomaker.service_model import METADATA, paginators, service

FOLDER = "botocore/data/robomaker/2018-06-29/"
LEFT_OUT = ("documentation", "deprecated", "deprecatedMessage")


def stripped(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: stripped(inner) for key, inner in value.items() if key not in LEFT_OUT}
    return [stripped(inner) for inner in value] if isinstance(value, list) else value


def differences(theirs: Any, pages: Any) -> list[str]:
    """Return what differs between botocore's model and ours."""
    found = [] if theirs["metadata"] == METADATA else ["metadata"]
    if set(theirs["operations"]) != set(OPERATIONS) | set(UNSERVED):
        found.append("the names of the operations")
    ours = service()
    for part in ("operations", "shapes"):
        found += [f"{part}: {name}" for name, value in ours[part].items() if value != theirs[part].get(name)]
    found += [f"pages: {name}" for name, value in paginators()["pagination"].items() if value != pages["pagination"].get(name)]
    return found


def main(wheel: str) -> int:
    with zipfile.ZipFile(wheel) as archive:
        theirs = stripped(json.loads(gzip.decompress(archive.read(FOLDER + "service-2.json.gz"))))
        pages = json.loads(archive.read(FOLDER + "paginators-1.json"))
    found = differences(theirs, pages)
    print("\n".join(found) or f"{len(OPERATIONS)} operations are those of {wheel}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
