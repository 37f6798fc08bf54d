"""Writes the shipped tables of places and of the calendar: what countries, cities, months and days are called.

    python -m bench.places

From CLDR (through Babel) and more_places.tsv; general knowledge only. Written into feedsvc/events/: places.tsv,
calendar.tsv.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from babel import Locale
from babel import __version__ as babel_version
from babel.core import get_global

from feedsvc.text import UNSPACED, fold

LANGUAGES = ("zh", "zh_Hant", "zh_Hant_HK", "en", "fr", "de", "es", "ar", "ja", "ru", "pt", "it")
LOCALES = [Locale.parse(language) for language in LANGUAGES]
ENGLISH = Locale.parse("en")
MORE = Path(__file__).with_name("more_places.tsv")
TABLES = Path(__file__).parent.parent / "feedsvc" / "events"
NOWHERE = "-"  # longer names in which the name of a place stands, which they are not
AMBIGUOUS = "!"  # names that are also everyday words, given names or other places, in one of the languages
NO_TERRITORIES = {"EZ", "QO", "XA", "XB", "ZZ"}
# Zones of which hardly more than the zone is known: research stations, islands; in the Americas, all but these.
OBSCURE = re.compile(
    r"Etc/|Antarctica/|Arctic/|Pacific/(?:Wake|Midway|Easter|Kanton|Enderbury|Norfolk)|Indian/(?:Christmas|Mahe|Chagos)|America/(?!"
    r"(?:New_York|Chicago|Los_Angeles|Detroit|Toronto|Vancouver|Mexico_City|Tijuana|Ciudad_Juarez|Havana|Caracas|Bogota|"
    r"Lima|La_Paz|Sao_Paulo|Argentina/Buenos_Aires|Montevideo|Asuncion|Guayaquil|Managua|Tegucigalpa|Santo_Domingo|"
    r"Port-au-Prince)$)"
)
SHORTEST_BARE = 5  # "Irã" is no "ira"
SHORTEST = 3  # letters, in scripts with spaces; in the others two characters
BRACKETS = re.compile(r"[ ]?[(（].*[)）]")  # CLDR adds other names and owners: "Myanmar (Burma)"

EVERYDAY = {"set", "out", "mar", "ago"}  # months cut short that are words elsewhere: "3 out of 5"

Named = tuple[str, str, str]  # code, English name, a name in one of the languages


def cldr_names() -> Iterator[Named]:
    aliases = get_global("zone_aliases")
    zones = {zone for zones in get_global("territory_zones").values() for zone in zones}
    for locale in LOCALES:
        for code, name in locale.territories.items():
            if code.isalpha() and code not in NO_TERRITORIES:
                yield code, ENGLISH.territories[code], name
        cities = {
            aliases.get(zone, zone): facts["city"] for zone, facts in locale.time_zones.items() if "city" in facts
        }
        if locale == ENGLISH:
            cities = {zone: zone.rpartition("/")[2].replace("_", " ") for zone in zones if "/" in zone} | cities
        yield from (
            (z, z.rpartition("/")[2].replace("_", " "), c)
            for z, c in cities.items()
            if z in zones and not OBSCURE.match(z)
        )


def more_names() -> Iterator[Named]:
    for line in MORE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            code, english, names = line.split("\t")
            yield from ((code, english, name.strip()) for name in names.split(","))


def spellings(name: str) -> set[str]:
    """The name folded, without what CLDR adds to it, with either apostrophe, with and without accents."""
    found = {fold(BRACKETS.sub("", name)).strip()}
    found |= {f.replace("’", "'") for f in found}
    found |= {f.replace(" & ", f" {word} ") for f in found for word in ("and", "et", "und", "y", "e")}
    found |= {f.replace("-", " ") for f in found if f.count("-") > 1}
    found |= {"لل" + f[2:] for f in found if f.startswith("ال")}  # "to the", in one word
    found |= {bare(f) for f in found if len(f) >= SHORTEST_BARE and "a" <= bare(f)[0] <= "z"}
    return {f for f in found if len(f) >= (2 if re.match(f"[{UNSPACED}]", f) else SHORTEST)}


def bare(folded: str) -> str:
    """Without accents, as capitals and foreign newsrooms write it."""
    return "".join(c for c in unicodedata.normalize("NFD", folded) if not unicodedata.combining(c))


def owners() -> tuple[dict[str, str], dict[str, str]]:
    """The one place that each spelling names, and what each place is called in English.

    What is known by hand goes before CLDR, a territory before its city of the same name; what two places are called is
    neither of them.
    """
    english: dict[str, str] = {}
    ranked: defaultdict[str, defaultdict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for by_hand, names in enumerate((cldr_names(), more_names())):
        for code, called, name in names:
            if called:
                english[code] = called
            for spelling in spellings(name):
                ranked[spelling][2 * by_hand + ("/" not in code)].add(code)
    foremost = {spelling: ranks[max(ranks)] for spelling, ranks in ranked.items() if AMBIGUOUS not in ranks.get(3, ())}
    return {spelling: code for spelling, (code, *others) in foremost.items() if not others}, english


def calendar() -> dict[str, list[str]]:
    """What each month and weekday is called, by "month 1" to "weekday 0", a Monday. Languages with letters only."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for locale in [locale for locale in LOCALES if locale.language not in ("zh", "ja")] + [Locale.parse("ar_LB")]:
        for width in ("wide", "abbreviated"):
            for number, name in locale.months["format"][width].items():
                found[f"month {number}"].add(fold(name))
        for number, name in locale.days["format"]["wide"].items():
            found[f"weekday {number}"].add(fold(name))
    return {
        key: sorted(n for n in names | {n.removesuffix(".") for n in names} if n.removesuffix(".") not in EVERYDAY)
        for key, names in sorted(found.items())
    }


def write(name: str, contents: str, rows: list[list[str]]) -> None:
    lines = [f"# Made by bench/places.py from CLDR, Babel {babel_version}: {contents}."]
    lines += ["\t".join(row) for row in rows]
    (TABLES / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{name}: {len(rows)} rows, {sum(map(len, rows))} cells")


def main() -> None:
    owner, english = owners()
    names: defaultdict[str, list[str]] = defaultdict(list)
    for spelling in sorted(owner):
        names[owner[spelling]].append(spelling)
    rows = [[code, english.get(code, ""), *names[code]] for code in sorted(names)]
    write("places.tsv", "code, English name, folded names", rows)
    write("calendar.tsv", "month or weekday, folded names", [[key, *names] for key, names in calendar().items()])


if __name__ == "__main__":
    main()
