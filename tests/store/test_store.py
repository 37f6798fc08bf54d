"""One contract over every backend of the store."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from feedsvc.model import Article, Picture, Placement
from feedsvc.store import Database, articles, documents, events, sources

T0 = datetime(2024, 3, 4, 8, 0, tzinfo=UTC)


def article(key: str = "dw:1", fingerprint: str = "a", hours: float = 0, **fields: object) -> Article:
    time = T0 + timedelta(hours=hours)
    basis = Article(
        key=key,
        publisher=key.partition(":")[0],
        publisher_name="Deutsche Welle",
        source="saved",
        origin=f"saved/{key}-{fingerprint}.md",
        url=f"https://www.dw.com/zh/a-{key.partition(':')[2]}",
        title="瓦努阿图地震",
        lead="一场地震。",
        html="<p>一场地震。</p>",
        text="一场地震。",
        language="zh-Hans",
        published=time,
        modified=None,
        first_seen=time,
        captured=time,
        authors=("记者甲",),
        pictures=(Picture("https://static.dw.com/image/1_303.jpg", "废墟", "AFP"),),
        references=("dw:0",),
        fingerprint=fingerprint,
    )
    return replace(basis, **fields)  # type: ignore[arg-type]


def record(database: Database, *found: Article) -> articles.Recorded:
    with database.writing() as connection:
        return articles.record(connection, found)


def current(database: Database, key: str = "dw:1") -> Article:
    with database.reading() as connection:
        return articles.current(connection, [key])[key]


def test_an_article_comes_back_as_it_was(database: Database) -> None:
    assert record(database, article()).new == ("dw:1",)
    assert current(database) == article()


def test_an_article_without_a_stated_time_keeps_none(database: Database) -> None:
    record(database, article(published=None))
    assert current(database).published is None
    assert current(database).time == T0


def test_the_same_words_again_are_no_revision(database: Database) -> None:
    record(database, article())
    again = record(database, article(captured=T0 + timedelta(hours=2)))
    assert (again.new, again.revised) == ((), ())


def test_other_words_captured_later_are_the_current_revision(database: Database) -> None:
    record(database, article())
    later = article(fingerprint="b", title="瓦努阿图强震", hours=2)
    assert record(database, later).revised == ("dw:1",)
    assert current(database) == replace(later, first_seen=T0)
    with database.reading() as connection:
        assert [a.fingerprint for a in articles.history(connection, ["dw:1"])["dw:1"]] == ["a", "b"]
        assert articles.first(connection, ["dw:1"])["dw:1"].fingerprint == "a"


def test_an_older_statement_that_arrives_late_is_history(database: Database) -> None:
    record(database, article(fingerprint="b", hours=2))
    assert record(database, article(fingerprint="a")).revised == ()
    assert record(database, article(fingerprint="a")).revised == ()
    assert current(database).fingerprint == "b"
    with database.reading() as connection:
        assert [a.fingerprint for a in articles.history(connection, ["dw:1"])["dw:1"]] == ["a", "b"]


def test_a_publisher_that_goes_back_to_its_first_words_is_believed(database: Database) -> None:
    for hours, fingerprint in enumerate("aba"):
        record(database, article(fingerprint=fingerprint, hours=hours))
    assert current(database).captured == T0 + timedelta(hours=2)


def test_the_order_within_a_batch_does_not_matter(database: Database) -> None:
    both = [article(), article(fingerprint="b", hours=2)]
    record(database, *reversed(both))
    assert current(database).fingerprint == "b"
    assert current(database).first_seen == T0


def test_a_failed_step_leaves_nothing(database: Database) -> None:
    with pytest.raises(KeyboardInterrupt), database.writing() as connection:
        articles.record(connection, [article()])
        raise KeyboardInterrupt
    with database.reading() as connection:
        assert articles.unplaced(connection) == []


def place(database: Database, *placements: Placement, hours: float = 0) -> None:
    with database.writing() as connection:
        times = {p.article: T0 + timedelta(hours=hours) for p in placements}
        events.record(connection, placements, times)


def founded(key: str) -> Placement:
    return Placement(key, f"urn:uuid:{key}", True, 1.0, "founded the event")


def test_articles_wait_until_they_are_placed(database: Database) -> None:
    record(database, article("dw:1"), article("dw:2"))
    with database.reading() as connection:
        assert articles.unplaced(connection) == ["dw:1", "dw:2"]
    place(database, founded("dw:1"))
    with database.reading() as connection:
        assert articles.unplaced(connection) == ["dw:2"]
        assert articles.is_any_unplaced(connection)
    place(database, founded("dw:2"))
    with database.reading() as connection:
        assert (articles.unplaced(connection), articles.is_any_unplaced(connection)) == ([], False)


def test_an_event_knows_its_articles_in_order_of_time(database: Database) -> None:
    record(database, article("dw:1", hours=1), article("dw:2"))
    place(database, founded("dw:1"), Placement("dw:2", "urn:uuid:dw:1", False, 0.9, "same occurrence"), hours=1)
    with database.reading() as connection:
        (event,) = events.load(connection)
    assert [m.article.key for m in event.members] == ["dw:2", "dw:1"]
    assert event.published == T0 + timedelta(hours=1)
    assert event.lead is None


def test_an_absorbed_event_hands_over_its_articles_and_is_remembered(database: Database) -> None:
    record(database, *(article(f"dw:{n}") for n in range(4)))
    place(database, founded("dw:0"), founded("dw:1"), founded("dw:2"))
    place(database, Placement("dw:3", "urn:uuid:dw:1", False, 0.9, "joins two", absorbed=("urn:uuid:dw:2",)))
    with database.writing() as connection:
        events.absorb(connection, "urn:uuid:dw:1", "urn:uuid:dw:0")
    with database.reading() as connection:
        (event,) = events.load(connection)
        assert event.id == "urn:uuid:dw:0"
        assert len(event.members) == 4
        assert events.absorbed(connection, ["urn:uuid:dw:0"])


def test_a_lead_once_kept_stays(database: Database) -> None:
    record(database, article("dw:1"))
    place(database, founded("dw:1"))
    for lead in ("dw:1", "dw:2"):
        with database.writing() as connection:
            events.keep_leads(connection, {"urn:uuid:dw:1": lead})
    with database.reading() as connection:
        assert events.load(connection)[0].lead == "dw:1"


def test_around_brings_whole_events(database: Database) -> None:
    record(database, article("dw:1"), article("dw:2", hours=100), article("dw:3", hours=300))
    place(database, founded("dw:1"), founded("dw:3"), Placement("dw:2", "urn:uuid:dw:1", False, 0.9, "same"))
    with database.reading() as connection:
        found = events.around(connection, T0 + timedelta(hours=90), T0 + timedelta(hours=110))
    assert [key for key, _ in found] == ["dw:1", "dw:2"]


def test_documents_and_their_faults(database: Database) -> None:
    good = documents.KnownDocument("saved", "saved/a.md", 10, 1, "d1", "dw:1", "")
    bad = documents.KnownDocument("saved", "saved/b.md", 0, 1, "d2", None, "is empty")
    with database.writing() as connection:
        documents.remember(connection, [good, bad])
        documents.remember(connection, [replace(good, modified_ns=2)])
    with database.reading() as connection:
        assert documents.known(connection, "saved") == {"saved/a.md": replace(good, modified_ns=2), "saved/b.md": bad}
        assert [fault.origin for fault in documents.faults(connection, "saved")] == ["saved/b.md"]
        assert documents.all_faults(connection) == {"saved": documents.faults(connection, "saved")}
        assert documents.origins(connection) == {"dw:1": ["saved/a.md"]}
    with database.writing() as connection:
        documents.forget(connection, "saved", ["saved/b.md"])
    with database.reading() as connection:
        assert documents.faults(connection, "saved") == []


def test_source_states_and_yields(database: Database) -> None:
    record(database, article("dw:1"), article("dw:2", hours=5))
    with database.writing() as connection:
        sources.remember(connection, "saved", sources.SourceState(T0, "ok"))
        sources.remember(connection, "saved", sources.SourceState(T0, "folder is missing"))
    with database.reading() as connection:
        assert sources.states(connection) == {"saved": sources.SourceState(T0, "folder is missing")}
        assert sources.yields(connection) == {"saved": sources.Yield(2, T0 + timedelta(hours=5))}


def test_a_time_without_a_zone_never_reaches_the_store(database: Database) -> None:
    with pytest.raises(Exception, match="without zone"):
        record(database, article(first_seen=datetime(2024, 3, 4), published=None))
