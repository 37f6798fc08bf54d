"""Which language a text is in, told from the text before what anyone states."""

import pytest

from feedsvc import language, scripts

SIMPLIFIED = "经济学家说，这项协议对两国贸易关系的发展很重要。"
TRADITIONAL = "經濟學家說，這項協議對兩國貿易關係的發展很重要。"


@pytest.mark.parametrize(
    ("sample", "stated", "expected"),
    [
        (SIMPLIFIED, "", "zh-Hans"),
        (TRADITIONAL, "", "zh-Hant"),
        (TRADITIONAL, "zh-CN", "zh-Hant"),
        (SIMPLIFIED, "zh-Hant", "zh-Hans"),
        (SIMPLIFIED, "en", "zh-Hans"),
        ("日股收高", "zh-TW", "zh-Hant"),
        ("日股收高", "zh-Hans", "zh-Hans"),
        ("日股收高", "zh_SG", "zh-Hans"),
        ("日股收高", "", "zh"),
        ("The minister said that it is for the parliament to decide.", "", "en"),
        ("The minister said that it is for the parliament to decide.", "en-GB", "en-GB"),
        ("Le ministre a dit que la loi est pour les citoyens.", "", "fr"),
        ("Der Minister sagt, das Gesetz ist nicht für die Bürger.", "", "de"),
        ("大臣は法律について説明しました。", "", "ja"),
        ("장관은 법률에 대해 설명했다.", "", "ko"),
        ("Министр рассказал о новом законе.", "", "ru"),
        ("Міністр розповів про новий закон її країни.", "", "uk"),
        ("تحدث الوزير عن القانون الجديد", "", "ar"),
        ("xyz", "", "und"),
        ("xyz", "sw", "sw"),
        ("", "", "und"),
        ("123 — !", "", "und"),
    ],
)
def test_language(sample: str, stated: str, expected: str) -> None:
    assert language.tell(sample, stated) == expected


def test_a_few_quoted_words_of_the_other_script_change_nothing() -> None:
    assert language.tell(SIMPLIFIED * 3 + "「經濟」") == "zh-Hans"


def test_what_the_two_scripts_share_counts_for_neither() -> None:
    simplified, traditional = scripts.one_script_only()
    assert not simplified & traditional
    assert not set("的一是不中大人") & (simplified | traditional)
