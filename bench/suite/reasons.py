"""Why a figure misses its aim, and what would be needed; told beside it as long as it does.

By a part of the figure's name, the first that fits. From the profile in docs/performance.md.
"""

REASONS: dict[str, str] = {
    "every entry is new": (
        "Matching is half, publishing a quarter, reading a fifth, and `reader` does the last alone. Each by itself "
        "takes longer than the aim; needed: all of it in compiled code."
    ),
    "every answer is 304": (
        "More than half is loading the program: SQLAlchemy, pydantic, httpx. In a program that stays it is left out."
    ),
    "the same bytes, 200": (
        "More than half is loading the program: SQLAlchemy, pydantic, httpx. In a program that stays it is left out."
    ),
    "the most memory there": (
        "90 MiB are the program and its libraries, 35 more what reading loads, 46 the words, model and tables of "
        "matching; its window grows by 9 KB an article. Needed: matching in a process of its own."
    ),
    "--help": (
        "Typer is nearly all of it: 8 times what `python -c pass` takes, 0.07 s on a machine where that takes 0.009."
    ),
    "with nothing due": "Python, Typer and pydantic are all of it; beside ten other programs they take 1.6 times that.",
    "saved articles, cleaned": (
        "2.5 ms an article would be the aim. Matching takes two by itself, publishing one and a half (the page that "
        "every event has, and the archive), reading three quarters; none has a peak."
    ),
    "matching an article": "Reading and comparing it takes ten times as long as finding what to compare with.",
    "most memory of a process": (
        "Postings of both windows, and keys and events of each article: threads would have to search in the store."
    ),
    "per touched feed": (
        "Some 830 KB of documents are read, held against their digests, cut, joined and written: six files a feed. "
        "Needed: fewer of them, or a digest for each entry instead of one for all."
    ),
    "growth exponent": "More articles in the window are more pairs to score, up to the number that is looked at.",
}
