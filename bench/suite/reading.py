"""`reader` (PyPI) as a command, as its documentation has it: adds feeds, or updates all of them, due or not.

python -m bench.suite.reading add URL...
python -m bench.suite.reading update
"""

from __future__ import annotations

import sys
from contextlib import closing

from reader import make_reader


def main() -> None:
    with closing(make_reader("reader.sqlite")) as made:
        for url in sys.argv[2:]:
            made.add_feed(url)
        if sys.argv[1] == "update":
            made.update_feeds(scheduled=False)
            if failed := [feed for feed in made.get_feeds() if feed.last_exception]:
                raise SystemExit(f"{len(failed)} sources failed, the first: {failed[0].last_exception}")


if __name__ == "__main__":
    main()
