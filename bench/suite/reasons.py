"""Why a figure misses its aim, and what would be needed; told beside it as long as it does.

By a part of the figure's name, the first that fits. From the profile in docs/performance.md.
"""

REASONS: dict[str, str] = {
    "every entry is new": (
        "Matching is two thirds, publishing a sixth, reading a twelfth; `reader` does the last alone. Needed: scoring "
        "pairs and making profiles in a tenth of their time."
    ),
    "every answer is 304": "0.7 s are loading the program: it would have to do without SQLAlchemy, pydantic or httpx.",
    "the same bytes, 200": "0.7 s are loading the program: it would have to do without SQLAlchemy, pydantic or httpx.",
    "the most memory there": "90 MiB are the program and its libraries, 27 the words and the model of matching.",
    "--help": (
        "Typer is nearly all of it: 8 to 9 times what `python -c pass` takes, 0.07 s on a machine where that takes "
        "0.009."
    ),
    "with nothing due": "Python, Typer and pydantic are all of it; beside ten other programs they take 1.6 times that.",
    "saved articles, cleaned": (
        "2.5 ms an article would be the aim, which scoring pairs and making profiles take by themselves; the page that "
        "every event has is most of the rest."
    ),
    "matching an article": "Reading and comparing it takes ten times as long as finding what to compare with.",
    "most memory of a process": (
        "Postings of both windows, and keys and events of each article: threads would have to search in the store."
    ),
    "per touched feed": (
        "A quarter are the rows of all its events, a third putting five documents together, a fifth cutting those that "
        "were there. Needed: rows read from the last page of the archive on."
    ),
    "growth exponent": "More articles in the window are more pairs to score, up to the number that is looked at.",
}
