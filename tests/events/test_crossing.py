"""One occurrence told in several languages, and occurrences that only look alike."""

from dataclasses import replace
from itertools import permutations

import pytest

from feedsvc.events.crossing import Crossing
from feedsvc.events.link import Link
from feedsvc.model import Article, Picture
from feedsvc.text import event_id

from .newsroom import article

VERDICT_DE = article(
    "urteil",
    "Brückeneinsturz von Holmstadt: Bauleiter muss drei Jahre in Haft",
    "Das Landgericht Holmstadt hat am Montag den Bauleiter Henrik Vosskamp zu drei Jahren Haft verurteilt, wie eine "
    "Sprecherin mitteilte.\nBeim Einsturz der Brücke waren in Deutschland im Oktober 2019 insgesamt 17 Menschen "
    "gestorben und 134 verletzt worden.\nRichterin Almut Reinders nannte das Schweigen von Vosskamp unverzeihlich.",
    publisher="abendblatt",
    language="de",
)
VERDICT_ZH = article(
    "duanqiao",
    "德国断桥案宣判 工地主任获刑三年",
    "德国霍尔姆施塔特（Holmstadt）法院周一判处工地主任沃斯坎普（Henrik Vosskamp）三年监禁。\n"
    "2019年10月的垮桥事故造成17人死亡，134人受伤。\n法官赖因德斯（Almut Reinders）说，被告早就知道桥上有裂缝。",
    hours=3,
)
VERDICT_EN = article(
    "bridge-verdict",
    "German site manager jailed for three years over bridge collapse",
    "A court in the German city of Holmstadt sentenced site manager Henrik Vosskamp to three years in jail on Monday.\n"
    "The collapse of the footbridge in October 2019, one of the worst in Germany, left 17 dead and 134 injured.\n"
    "Presiding judge Almut Reinders said that the engineer Vosskamp had known of the cracks.",
    hours=5,
    publisher="courier",
    language="en",
)
STRIKE_EN = article(
    "dock-deal",
    "Dockworkers at Harwick in Britain end strike after pay deal",
    "Dockworkers at the British port of Harwick voted on Monday to accept a pay rise of 7.5 percent from Norrland "
    "Terminals.\nThe union led by Maureen Tully said 1,120 members were in favour and 280 against.\n"
    "Some 40 ships are waiting off the coast of Britain.",
    hours=1,
    publisher="harbour",
    language="en",
)
STRIKE_ZH = article(
    "matou",
    "英国哈里克港码头工人结束罢工",
    "英国哈里克港（Harwick）的码头工人周一投票，接受诺兰码头公司（Norrland Terminals）加薪7.5%的条件。\n"
    "塔利（Maureen Tully）领导的工会说，1120人赞成，280人反对。\n约有40艘货轮在英国外海等候。",
    hours=6,
)
STRIKE_DE = article(
    "hafen",
    "Hafenarbeiter im britischen Harwick beenden Streik",
    "Die Hafenarbeiter von Harwick in Großbritannien nehmen das Angebot des Betreibers Norrland Terminals an und "
    "beenden am Montag ihren Streik.\nFür die Lohnerhöhung um 7,5 Prozent stimmten 1120 Mitglieder der "
    "Gewerkschaft, 280 waren dagegen, sagte die Vorsitzende Maureen Tully.\nVor der Küste warten 40 Schiffe.",
    hours=8,
    publisher="kurier",
    language="de",
)
# The same town and country, the same man, the same day: other occurrences.
MAYOR_EN = article(
    "mayor",
    "Former mayor of German town charged with corruption",
    "Prosecutors in Holmstadt, in northern Germany, charged the former mayor Jost Hellwege with corruption on Monday.\n"
    "He is accused of taking 80,000 euros from a building company in return for 2 contracts.\nHellwege denies it.",
    hours=6,
    publisher="ledger",
    language="en",
)
BOOK_EN = article(
    "book",
    "Publisher in Germany drops memoir of engineer",
    "A publisher in Germany said on Monday it would not print the memoir of the engineer Henrik Vosskamp.\n"
    "The first 3,000 copies had been planned for September, said the editor, Ilse Brandt of Leipzig.",
    hours=7,
    publisher="ledger",
    language="en",
)
COALITION_ZH = article(
    "lianhe",
    "德国执政联盟就预算达成一致",
    "德国三个执政党周一在柏林就预算达成一致，新增借款134亿欧元。\n财政部长说，17个项目将延后。",
    hours=4,
)
EVERYTHING = (VERDICT_DE, VERDICT_ZH, VERDICT_EN, STRIKE_EN, STRIKE_ZH, STRIKE_DE, MAYOR_EN, BOOK_EN, COALITION_ZH)


def found(crossing: Crossing, told: Article) -> Link | None:
    """What the article's event translates; each article founds its own."""
    return crossing.translates(told, event_id(told.key))


def after(*told: Article) -> Crossing:
    crossing = Crossing()
    for each in told:
        crossing.restore(each, event_id(each.key))
    return crossing


@pytest.mark.parametrize(
    ("new", "older"),
    [
        (VERDICT_ZH, VERDICT_DE),
        (VERDICT_EN, VERDICT_DE),
        (VERDICT_EN, VERDICT_ZH),
        (STRIKE_ZH, STRIKE_EN),
        (STRIKE_DE, STRIKE_EN),
        (STRIKE_DE, STRIKE_ZH),
    ],
    ids=lambda told: told.key,
)
def test_one_occurrence_is_found_again_in_another_language(new: Article, older: Article) -> None:
    others = [a for a in EVERYTHING if a not in (VERDICT_DE, VERDICT_ZH, VERDICT_EN, STRIKE_EN, STRIKE_ZH, STRIKE_DE)]
    link = found(after(older, *others), new)
    assert link and link.event == event_id(older.key) and link.likeness > 0.95


@pytest.mark.parametrize("new", [MAYOR_EN, BOOK_EN, COALITION_ZH], ids=lambda told: told.key)
def test_the_same_town_man_country_or_day_is_not_the_same_occurrence(new: Article) -> None:
    assert found(after(*(a for a in EVERYTHING if a != new)), new) is None


def test_the_two_stories_never_meet() -> None:
    for new in (VERDICT_ZH, VERDICT_EN):
        assert found(after(STRIKE_EN, STRIKE_ZH, STRIKE_DE), new) is None


def test_the_order_of_restoring_does_not_matter() -> None:
    before = (VERDICT_DE, VERDICT_ZH, STRIKE_EN, COALITION_ZH)
    assert len({found(after(*order), VERDICT_EN) for order in permutations(before)}) == 1


def test_an_editor_is_told_why() -> None:
    link = found(after(STRIKE_EN), STRIKE_ZH)
    assert link
    assert link.words == (
        "5 hours earlier in en; both name harwick, maureen, norrland, terminals; both give 1120, 280, 7.5%, 40; "
        "both in United Kingdom"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"language": "en-GB"},
        {"language": "und"},
        {"kind": "gallery"},
        {"title": "一周要闻：英国哈里克港码头工人结束罢工"},
    ],
    ids=str,
)
def test_own_language_unknown_language_and_round_ups_are_left_alone(changes: dict[str, str]) -> None:
    assert found(after(STRIKE_EN), replace(STRIKE_ZH, **changes)) is None


def test_what_lies_days_apart_or_comes_earlier_is_left_alone() -> None:
    late = article("late", STRIKE_ZH.title, STRIKE_ZH.text, hours=80)
    assert found(after(STRIKE_EN), late) is None
    assert found(after(STRIKE_ZH), STRIKE_EN) is None  # it is the older one


def test_what_everyone_writes_about_proves_little() -> None:
    flood = [
        article(f"flood-{n}", "Harwick", STRIKE_EN.text, hours=2 + n / 100, publisher=f"p{n}", language="fr")
        for n in range(99)
    ]
    alone, flooded = (found(after(STRIKE_EN, *others), STRIKE_ZH) for others in ((), flood))
    assert alone
    assert flooded is None or flooded.likeness < alone.likeness


def test_one_agency_picture_and_one_place_suffice() -> None:
    picture = (Picture("https://img.example/harwick.jpg"),)
    short_en = article("a", "Strike over", "Ships sail again from Britain.", publisher="p", language="en")
    short_zh = article("b", "英国码头罢工结束", "英国的码头工人复工。", hours=1)
    assert found(after(short_en), short_zh) is None
    assert found(after(replace(short_en, pictures=picture)), replace(short_zh, pictures=picture))


def test_an_event_that_was_absorbed_is_named_by_the_older_one() -> None:
    crossing = after(STRIKE_EN)
    crossing.rename(event_id(STRIKE_EN.key), "urn:uuid:older")
    link = found(crossing, STRIKE_ZH)
    assert link and link.event == "urn:uuid:older"
