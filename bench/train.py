"""Learns the pair score from all labelled sets: writes feedsvc/events/model.json.

    python -m bench.train [--shared ../shared]

The same articles, labels and settings give the same file, byte for byte.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from bench.learn import fit, lessons, readable
from bench.quality import floors
from bench.saved import SHARED, data_digest, read_set, set_names

MODEL = Path(__file__).parent.parent / "feedsvc" / "events" / "model.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=SHARED)
    shared = parser.parse_args().shared
    sets = [read_set(name, shared) for name in set_names(shared)]
    learned = [lessons(labelled) for labelled in sets]
    provenance = {
        "data": data_digest(shared),
        "newest": str(max(article.first_seen for labelled in sets for article in labelled.articles).date()),
        "pairs": sum(len(found.full.same) for found in learned),
        "leaving_one_set_out": floors.means(floors.read()),
    }
    model = readable(json.dumps({**provenance, **fit(learned)}, indent=1, ensure_ascii=False))
    MODEL.write_text(model + "\n", encoding="utf-8")
    print(f"{MODEL.name}: {provenance['pairs']} pairs of {len(sets)} sets, data {provenance['data']}")


if __name__ == "__main__":
    main()
