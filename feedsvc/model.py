"""Every frozen type that crosses a room, in the order in which an article travels.

Known by all rooms; knows none. No behaviour beyond what follows from the fields alone.
All times are aware datetimes in UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

Kind = Literal["article", "video", "audio", "gallery", "live"]

# Told by the conductors: what is being done, how much of it is done, how much there is to do.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that went wrong with one document or source, told to the operator; never an entry of a feed."""

    source: str  # id of the source in the configuration
    origin: str  # the saved document's path or the feed's URL
    problem: str  # one clause: what is wrong and how to mend it


@dataclass(frozen=True, slots=True)
class Document:
    """One saved article as it lies in a folder, before anyone has read its html."""

    origin: str  # path, as configured joined with the place inside the folder
    captured: datetime  # when the mirror fetched the article, from the first line
    title: str  # as written, brackets and all
    url: str  # as written
    html: str  # as written


@dataclass(frozen=True, slots=True)
class Picture:
    url: str  # absolute address at the publisher, unwrapped from proxies
    caption: str = ""  # plain text
    credit: str = ""  # plain text: photographer, agency


@dataclass(frozen=True, slots=True)
class Draft:
    """What a source says of one article. `sources` fill what the document or feed entry states,
    a publisher adapter replaces it by what it means. Nothing is invented: what is not stated is empty or None.
    """

    source: str  # id of the source in the configuration
    origin: str  # the saved document's path or the feed's URL
    captured: datetime  # when this statement was fetched
    url: str  # link as given
    title: str
    html: str  # body as given; after the adapter: only the article's own matter
    publisher: str = ""  # after the adapter: short id ("rfi", "dw") or, for the generic one, the host ("bbc.com")
    publisher_name: str = ""  # for people: "RFI", "Deutsche Welle", "bbc.com"
    native_id: str = ""  # the publisher's own stable id, if it has one
    guid: str = ""  # the feed entry's id
    lead: str = ""  # plain text of the lead paragraph or summary
    published: datetime | None = None
    published_day: date | None = None  # where only a day is stated, no time
    modified: datetime | None = None
    language: str = ""  # BCP 47, as stated; empty: to be told from the text
    authors: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()  # agency credits: "AFP", "路透社"
    rights: str = ""  # copyright statement, plain text
    categories: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    references: tuple[str, ...] = ()  # of this publisher, linked to by the text: native ids, else canonical URLs
    kind: Kind = "article"


@dataclass(frozen=True, slots=True)
class Article:
    """One article of one publisher, normalised. The same key with another fingerprint is a revision of it."""

    key: str  # "<publisher>:<native id, else guid, else canonical URL>"; ASCII, stable for ever
    publisher: str
    publisher_name: str
    source: str  # id of the source that brought it
    origin: str  # saved document's path or feed URL
    url: str  # canonical, percent-encoded
    title: str  # plain text, without the site's suffix
    lead: str  # plain text, may be empty
    html: str  # sanitised, semantic: p h2-h4 ul ol li blockquote figure figcaption img a em strong
    text: str  # plain text of the body, one paragraph a line: what matching compares; no boilerplate
    language: str  # BCP 47: "zh-Hans", "zh-Hant", "en", "und"
    published: datetime | None  # the publisher's; None where it states none (or an absurd one)
    modified: datetime | None
    first_seen: datetime  # when the source's document was captured for the first time
    captured: datetime  # when this revision was captured
    authors: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    rights: str = ""
    categories: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    references: tuple[str, ...] = ()  # keys of the publisher's own earlier articles
    kind: Kind = "article"
    fingerprint: str = ""  # hash of all that a reader would see: another one is a revision

    @property
    def time(self) -> datetime:
        """The best known time: the publisher's, else that of the first capture."""
        return self.published or self.first_seen


@dataclass(frozen=True, slots=True)
class ServedEntry:
    """What is remembered of one entry that a live source served: to tell what is new in its next feed, and whether that
    can be believed.
    """

    key: str  # of the article
    url: str  # digest of its canonical address
    title: str  # digest of its title
    published: datetime | None
    stated: str = ""  # digest of all that the feed states of it


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that spoke for or against two articles reporting the same event."""

    name: str  # feature: "title_cosine"
    words: str  # for an editor: "headlines share 芬太尼, 禁毒"
    value: float  # of the feature
    weight: float  # contribution to the log-odds; positive speaks for


@dataclass(frozen=True, slots=True)
class PairVerdict:
    """How likely two articles report the same event, and why."""

    probability: float
    evidence: tuple[Evidence, ...]  # strongest first

    @property
    def same(self) -> bool:
        return self.probability >= 0.5


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person said of two articles; matching obeys it."""

    article: str  # key
    other: str
    same: bool  # one event, or two


@dataclass(frozen=True, slots=True)
class Question:
    """What the matcher would have a judge decide: which of these events does the article report, if any?"""

    article: str  # key
    candidates: tuple[str, ...]  # of each event in question the key of the article that is closest; likeliest first
    scores: tuple[float, ...]  # probability that the article reports each


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the matcher put an article: into an event that exists, or into one that the article founds."""

    article: str  # article key
    event: str  # event id, urn:uuid:…
    founded: bool  # the article is the event's first
    score: float  # mean probability to the event's articles; 1.0 for a founder
    reason: str  # for an editor, one line
    absorbed: tuple[str, ...] = ()  # ids of younger events that turned out to be this one
    unsure: Question | None = None  # what the score could not decide clearly; None where it could


@dataclass(frozen=True, slots=True)
class Membership:
    article: Article
    score: float
    reason: str


@dataclass(frozen=True, slots=True)
class Step:
    """Another event of the same thread, as one event's entry and page name it."""

    id: str  # urn:uuid:…
    title: str
    published: datetime
    language: str
    page: str = ""  # in an entry: the event's page, as Entry.page; elsewhere empty


@dataclass(frozen=True, slots=True)
class Tombstone:
    """An event that turned out to be another one: feeds that showed it say that its entry is gone (RFC 6721)."""

    id: str  # urn:uuid:… of the entry that is gone
    published: datetime  # of that entry: the tombstone stands where the entry stood
    when: datetime  # whole second, later than any `updated` that the entry can have had


@dataclass(frozen=True, slots=True)
class Event:
    """One real-world occurrence and everyone who reported it."""

    id: str  # urn:uuid: v5 of the founding article's key; for ever
    lead: Article  # the article whose title, link and summary stand for the event
    members: tuple[Membership, ...]  # all articles, the lead among them; by time, then key
    published: datetime  # time of the founding article; never moves
    updated: datetime  # moves when the lead's text changes significantly
    thread: str | None = None  # id shared by successive events of one saga: that of its first event; None: no other
    earlier: tuple[Step, ...] = ()  # what the event goes on from, and that in turn from; newest first, a few
    later: tuple[Step, ...] = ()  # what goes on from it; newest first, a few
    translates: str | None = None  # id of the oldest event, in another language, that reports the same occurrence
    absorbed: tuple[Tombstone, ...] = ()  # younger events that turned out to be this one; by publication, then id

    @property
    def language(self) -> str:
        return self.lead.language


@dataclass(frozen=True, slots=True)
class Report:
    """Another article on the same event: a line of "also reported by"."""

    publisher: str  # for people: "RFI"
    title: str
    url: str
    time: datetime
    language: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One event as a reader of the feed sees it, in any format."""

    id: str  # urn:uuid:…
    title: str
    url: str  # the lead article's canonical address
    page: str  # this event's page: absolute if base_url is configured, else relative to the output folder
    summary: str  # plain text of the lead paragraph
    content: str  # clean html of what the feed may carry of the lead article, without "also reported by"
    published: datetime
    updated: datetime  # unique within the feed
    language: str
    publisher: str  # of the lead article, for people
    publisher_url: str  # its home: "https://www.rfi.fr/"
    authors: tuple[str, ...]
    agencies: tuple[str, ...]
    rights: str
    categories: tuple[str, ...]
    picture: Picture | None
    reports: tuple[Report, ...]  # the other articles, by time
    thread: str | None = None  # as Event.thread
    earlier: tuple[Step, ...] = ()  # as Event.earlier


@dataclass(frozen=True, slots=True)
class Topic:
    """Which events belong to a feed. An event belongs if one of its articles meets every rule on articles
    and the event as a whole meets those on events; a topic without rules holds every event.
    """

    slug: str
    title: str
    any: tuple[str, ...] = ()  # terms: the article has at least one; matched whatever the script
    all: tuple[str, ...] = ()  # the article has every one
    none: tuple[str, ...] = ()  # the article has not a single one
    sources: tuple[str, ...] = ()  # the article comes from one of these source ids; empty: from any
    languages: tuple[str, ...] = ()  # BCP 47 ranges (RFC 4647 basic filtering): "zh" takes "zh-Hans" and "zh-Hant"
    min_sources: int = 1  # event: so many different publishers reported it
    limit: int = 200  # entries in the live feed
    cross_language: bool = False  # what is told in several languages is one entry, that of the oldest event
    pictures: bool = True  # False: its documents name no picture, so whoever shows them asks nobody else for anything
    private: bool = False  # named by no page, list or hub: who is to read it is given its address


@dataclass(frozen=True, slots=True)
class Mention:
    """An event in a feed, as far as news depends on it."""

    id: str
    published: datetime
    updated: datetime
    reports: int  # how many articles report it


@dataclass(frozen=True, slots=True)
class Selection:
    """What changed in a feed as it was published: what is news among that is told elsewhere."""

    topic: Topic
    mentions: tuple[Mention, ...]  # of those of its events that may be told of otherwise than before; newest first
    shown: int  # so many of these, the newest, stand in the live feed
    newest: datetime | None  # publication of the newest of all its events; None: it has none
    events: Callable[[Any, Collection[str]], Mapping[str, Event]]  # loads some of these by id, given a connection


@dataclass(frozen=True, slots=True)
class TopicFeed:
    """One topic's entries, newest first, ready to be rendered: same value, same bytes."""

    slug: str  # file name: output/<slug>.atom
    title: str
    base_url: str  # "https://news.example/", with the slash; empty: links between documents are relative
    language: str  # the one that most entries have
    updated: datetime  # the newest entry's; 1990 for an empty feed
    entries: tuple[Entry, ...]
    gone: tuple[Tombstone, ...] = ()  # newest first
    # Paths below the output folder, RFC 5005 section 4; empty: there is none.
    archive: str = ""  # of this document, if it is a page of the archive; empty for the live feed
    older: str = ""  # the page before it: of the live feed the newest one
    newer: str = ""  # the page after it; empty for the newest one, and the live feed
    hubs: tuple[str, ...] = ()  # addresses of the WebSub hubs that pass its news on
    private: bool = False  # as the topic
    total: int | None = None  # how many entries it has, where `entries` are only those that are rendered anew

    @property
    def size(self) -> int:
        return len(self.entries) if self.total is None else self.total


TroubleKind = Literal[
    "failing",  # a source cannot be read
    "gone",  # a source has ended: 410
    "held",  # what a source serves is not believed yet
    "moved",  # a source has another address
    "seldom",  # a source is asked so seldom that entries are missed
    "silent",  # a source answers and has nothing new
    "withheld",  # nothing is published, lest feeds be emptied
    "undelivered",  # messages to a webhook or hub were given up
    "damaged",  # a state that was lies aside
    "disk",  # nearly full
    "clock",  # was wrong
]


@dataclass(frozen=True, slots=True)
class Trouble:
    """One time that something needed the operator: from when to when."""

    id: str  # urn:uuid:…
    kind: TroubleKind
    subject: str  # id of the source, or what else is in trouble; may be empty
    problem: str  # one clause: what is wrong and how to mend it
    since: datetime
    changed: datetime | None = None  # when it was told, ended or came back; None: may yet pass by itself
    ended: datetime | None = None


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """What the status page says of a source; holds nothing that changes when nothing happened."""

    id: str
    name: str
    enabled: bool
    articles: int
    newest: datetime | None  # time of its newest article
    outcome: str = ""  # of the last reading: "ok", a fault in words, or empty where it was never read
    faults: tuple[Fault, ...] = ()
    remarks: tuple[str, ...] = ()  # what its feed had mended or left out
    every: timedelta = timedelta()  # how often it is wished to be read; zero: at every update
    days: tuple[int, ...] = ()  # articles by day of publication, UTC; the last is ServiceStatus.until
    per_day: float | None = None  # entries that its feed brings, as it was read last
    hours_held: float | None = None  # from the feed's oldest entry to its newest
    last_good: datetime | None = None  # last answer of use, told only while it fails


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """One process of those that share the work."""

    name: str  # host and process
    queues: tuple[str, ...]  # that it works on
    since: datetime
    gone_since: datetime | None = None  # its last sign of life, where that is too long ago


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """What waits for workers, if it waits for long: what comes and goes is told to who asks."""

    name: str
    workers: int  # that work on it
    waits_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """How all is; holds nothing that changes when nothing happened."""

    sources: tuple[SourceStatus, ...]  # in the order of the configuration
    troubles: tuple[Trouble, ...] = ()  # those that were told; the latest first
    articles: int = 0
    events: int = 0
    merged: int = 0  # events that several articles report
    until: date | None = None  # day of the newest article; None: there is none
    published: datetime | None = None  # when a document that readers see last changed
    queues: tuple[QueueStatus, ...] = ()  # none where one process does everything
    workers: tuple[WorkerStatus, ...] = ()
