"""Why a figure misses its aim, and what would be needed; told beside it as long as it does.

By a part of the figure's name, the first that fits. From the profile in docs/performance.md.
"""

REASONS: dict[str, str] = {
    "every entry is new": (
        "Of 60 feeds, reading, cleaning and storing took 1.2 ms an entry, matching 7.0, publishing 1.9; `reader` takes "
        "1.6 for all that it does. Needed: scoring pairs and making profiles in a tenth of their time."
    ),
    "every answer is 304": "Most of it is loading the program: fewer and later imports are needed.",
    "the same bytes, 200": "Most of it is loading the program: fewer and later imports are needed.",
    "the most memory there": "90 MiB are the program and its libraries, 27 the words and the model of matching.",
    "with nothing due": "Python, Typer and pydantic are all of it; beside ten other programs they take 1.6 times that.",
    "saved articles, cleaned": (
        "2.5 ms an article would be the aim: scoring pairs and making profiles take more than that by themselves."
    ),
    "matching an article": "Reading and comparing it takes ten times as long as finding what to compare with.",
    "most memory of a process": (
        "Postings of both windows, and keys and events of each article: threads would have to search in the store."
    ),
    "growth exponent": "More articles in the window are more pairs to score, up to the number that is looked at.",
}
