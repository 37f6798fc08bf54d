"""Asks the W3C's feed validator about addresses: one on each line of standard input, one line of JSON out for each.

    PYTHON bench/validation/inspector.py DIR

Runs alone, in an interpreter that has what the validator in DIR needs; knows nothing of the project.
"""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request  # the validator uses both without importing them
from pathlib import Path


def main() -> None:
    sys.path.insert(0, str(Path(sys.argv[1]) / "src"))
    import feedvalidator  # noqa: PLC0415
    from feedvalidator import compatibility  # noqa: PLC0415

    assert urllib.error
    for line in sys.stdin:
        try:
            events = feedvalidator.validateURL(line.strip(), firstOccurrenceOnly=0)["loggedEvents"]
        except feedvalidator.logging.ValidationFailure as failure:
            events = [failure.event]
        # "AA" is what its web site shows: errors and warnings.
        found = [[type(event).__name__, _told(event)] for event in compatibility.AA(events)]
        print(json.dumps({"address": line.strip(), "found": found}), flush=True)


def _told(event: object) -> str:
    parameters = getattr(event, "params", {})
    return " ".join(
        str(parameters[key]) for key in ("parent", "element", "namespace", "attr", "value") if key in parameters
    )


if __name__ == "__main__":
    main()
