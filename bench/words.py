"""Counts the shipped word tables: how many articles hold a term (rarity.tsv), which spellings are one name (names.tsv).

    python -m bench.words --from FOLDER_OR_TAR...

Facts about words only; no sentence of an article goes into them. Written into feedsvc/events/.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import tarfile
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from bench.saved import SHARED, read_articles
from feedsvc.events.names import Names
from feedsvc.events.terms import triples
from feedsvc.model import Article
from feedsvc.text import fold, tokens

PACKAGE = Path(__file__).parent.parent / "feedsvc" / "events"
FLOOR = 50  # articles that hold a listed term
LEAST = 3  # articles that give a spelling together with its Latin name
OWNED = 0.7  # share of a spelling's mentions that belong to one family name
KNOWN = 0.005  # share of a spelling's articles that give the Latin name: words that are no names stay below
# What stands before a name in Chinese: its end is where the name begins.
OFFICES = re.compile(
    r".*(?:总统|总理|国务卿|部长|首相|外相|英相|防长|财长|主席|议员|议长|外长|大臣|主任|局长|市长|州长|院长|署长|处长|"
    r"司长|校长|社长|代表|专员|领袖|发言人|秘书长|幕僚长|助理|顾问|助卿|次卿|大使|特使|记者|教授|专家|博士|学者|律师|"
    r"法官|检察官|总裁|总监|执行官|首席|经理|创办人|创始人|董事长|司令|将军|[上中少]将|[上中少]校|候选人|对手|先生|"
    r"女士|夫人|儿子|女儿|妻子|丈夫|总督|国王|王子|公主|教宗|教皇|主教|球员|教练|选手|名将|球星|导演|演员|歌手|作家|"
    r"男子|女子|商人|公民|教师|研究员|分析师|策略师|经济学家|主播|评论员|主持人|前锋|后卫|队友|同事|参选人|外交官|"
    r"委员|长官|官员|[和与由对的·籍前])"
)
BRACKETED = re.compile(r"([\u4e00-\u9fff·]{2,14})[(（]([A-Za-z][A-Za-z .'’-]{3,40})[)）]")


def learn_names(texts: Sequence[str]) -> list[list[str]]:
    """Groups of Chinese spellings that articles give for one Latin name in brackets; the commonest spelling first."""
    given: defaultdict[str, Counter[str]] = defaultdict(Counter)
    family: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        for latin, spelling in sorted(_mentions(text)):
            given[latin][spelling] += 1
            family[spelling][latin.split()[-1]] += 1
    bearer: dict[str, str] = {}  # whose name a spelling is mostly
    for latin in sorted(given):
        for spelling, count in given[latin].items():
            if spelling not in bearer or count > given[bearer[spelling]][spelling]:
                bearer[spelling] = latin
    groups = [_spellings(latin, counts, family, bearer) for latin, counts in sorted(given.items())]
    return _commonest_first(_joined([group for group in groups if len(group) > 1]), given, texts)


def _mentions(text: str) -> set[tuple[str, str]]:
    found = set()
    for run, latin in BRACKETED.findall(text):
        office = OFFICES.match(run)
        spelling = run[office.end() :] if office else run
        if 2 <= len(spelling) <= 6:
            found.add((" ".join(latin.split()), spelling))
    return found


def _spellings(
    latin: str, counts: Counter[str], family: Mapping[str, Counter[str]], bearer: Mapping[str, str]
) -> list[str]:
    """Spellings of one Latin name, without another's, and without those that are a shorter one and a word."""
    own = {
        spelling: count
        for spelling, count in counts.items()
        if count >= LEAST
        and bearer[spelling] == latin
        and family[spelling][latin.rsplit(maxsplit=1)[-1]] >= OWNED * family[spelling].total()
    }
    return [
        spelling
        for spelling, count in own.items()
        if not any(o != spelling and spelling.startswith(o) | spelling.endswith(o) and own[o] >= count / 2 for o in own)
    ]


def _joined(groups: Iterable[Sequence[str]]) -> list[set[str]]:
    joined: list[set[str]] = []
    for group in groups:
        touching = [other for other in joined if other & set(group)]
        joined = [other for other in joined if other not in touching] + [set(group).union(*touching)]
    return joined


def _commonest_first(
    groups: Sequence[set[str]], given: Mapping[str, Counter[str]], texts: Sequence[str]
) -> list[list[str]]:
    spellings = sorted(set().union(*groups), key=lambda s: (-len(s), s))
    if not spellings:
        return []
    pattern = re.compile("|".join(map(re.escape, spellings)))
    articles = Counter(s for text in texts for s in set(pattern.findall(text)))
    bracketed: Counter[str] = Counter()
    for counts in given.values():
        bracketed.update(counts)
    kept = [[s for s in group if bracketed[s] >= KNOWN * articles[s]] for group in groups]
    ordered = [sorted(group, key=lambda s: (-articles[s], s)) for group in kept if len(group) > 1]
    return sorted(ordered, key=lambda group: (-articles[group[0]], group[0]))


def count_terms(texts: Iterable[str], names: Names) -> Counter[str]:
    counts: Counter[str] = Counter()
    for text in texts:
        canonical = names.canonical(text)
        counts.update({*tokens(canonical), *triples(canonical)})
    return counts


def read_all(sources: Sequence[Path]) -> list[Article]:
    """One article per key, of folders and packed folders."""
    articles: dict[str, Article] = {}
    for source in sources:
        with tempfile.TemporaryDirectory() as directory:
            if source.is_file():
                with tarfile.open(source) as packed:
                    packed.extractall(directory, filter="data")
            for article in read_articles(source if source.is_dir() else Path(directory)):
                articles.setdefault(article.key, article)
    return [articles[key] for key in sorted(articles)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--from", dest="sources", nargs="+", type=Path, default=sorted((SHARED / "bulk").glob("*.tar.xz"))
    )
    articles = read_all(parser.parse_args().sources)
    texts = [fold(f"{article.title}\n{article.text}") for article in articles]
    groups = learn_names(texts)
    digest = hashlib.sha256("\0".join(article.fingerprint for article in articles).encode()).hexdigest()[:16]
    newest = max(article.first_seen for article in articles).date()
    header = f"# articles: {len(articles)}\n# newest: {newest}\n# data: {digest}\n"
    (PACKAGE / "names.tsv").write_text(header + "".join("\t".join(group) + "\n" for group in groups), encoding="utf-8")
    counts = count_terms(texts, Names(groups))
    listed = sorted((item for item in counts.items() if item[1] >= FLOOR), key=lambda item: (-item[1], item[0]))
    lines = "".join(f"{term}\t{count}\n" for term, count in listed)
    (PACKAGE / "rarity.tsv").write_text(f"{header}# floor: {FLOOR}\n{lines}", encoding="utf-8")
    print(f"{len(articles)} articles: {len(groups)} names with several spellings, {len(listed)} terms")


if __name__ == "__main__":
    main()
