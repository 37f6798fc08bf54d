"""One name in several spellings: newsrooms transliterate people and places differently.

Pure. The groups are learned from Latin names in brackets (bench/words.py) and shipped as names.tsv.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

# What stands before a name in Chinese: its end is where the name begins.
OFFICES = re.compile(
    r".*(?:总统|总理|国务卿|部长|首相|外相|英相|防长|财长|主席|议员|议长|外长|大臣|主任|局长|市长|州长|院长|署长|处长|"
    r"司长|校长|社长|代表|专员|领袖|发言人|秘书长|幕僚长|助理|顾问|助卿|次卿|大使|特使|记者|教授|专家|博士|学者|律师|"
    r"法官|检察官|总裁|总监|执行官|首席|经理|创办人|创始人|董事长|司令|将军|[上中少]将|[上中少]校|候选人|对手|先生|"
    r"女士|夫人|儿子|女儿|妻子|丈夫|总督|国王|王子|公主|教宗|教皇|主教|球员|教练|选手|名将|球星|导演|演员|歌手|作家|"
    r"男子|女子|商人|公民|教师|研究员|分析师|策略师|经济学家|主播|评论员|主持人|前锋|后卫|队友|同事|参选人|外交官|"
    r"委员|长官|官员|[和与由对的·籍前])"
)


class Names:
    """Replaces every spelling by the commonest of its group."""

    def __init__(self, groups: Iterable[Sequence[str]]) -> None:
        self._canonical = {spelling: group[0] for group in groups for spelling in group}
        # A canonical spelling is matched too, so that a shorter one inside it is left alone.
        longest_first = sorted(self._canonical, key=lambda spelling: (-len(spelling), spelling))
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def canonical(self, folded: str) -> str:
        if self._pattern is None:
            return folded
        return self._pattern.sub(lambda match: self._canonical[match[0]], folded)


def parse_names(text: str) -> Names:
    """Reads one group a line, spellings separated by tabs, the commonest first; "#" begins a comment."""
    return Names([line.split("\t") for line in text.splitlines() if line and not line.startswith("#")])
