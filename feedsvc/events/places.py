"""Countries and capitals of world news: general knowledge, folded, in the spellings of the mainland and of Taiwan.

Pure. Called by profile.py.
"""

from __future__ import annotations

import re

CHINESE = """
美国 中国 英国 法国 德国 日本 韩国 朝鲜 印度 俄罗斯 俄国 台湾 香港 澳门 澳大利亚 澳洲 新西兰 纽西兰 加拿大
意大利 义大利 西班牙 葡萄牙 希腊 土耳其 伊朗 伊拉克 以色列 巴勒斯坦 黎巴嫩 叙利亚 沙特 沙乌地 埃及 白俄罗斯
乌克兰 波兰 匈牙利 捷克 奥地利 瑞士 瑞典 挪威 芬兰 丹麦 荷兰 比利时 巴西 墨西哥 阿根廷 智利 委内瑞拉 古巴
秘鲁 哥伦比亚 越南 泰国 缅甸 菲律宾 马来西亚 新加坡 印尼 柬埔寨 老挝 寮国 巴基斯坦 阿富汗 孟加拉 尼泊尔
斯里兰卡 哈萨克 吉尔吉斯 亚美尼亚 阿塞拜疆 亚塞拜然 利比亚 苏丹 埃塞俄比亚 南非 尼日利亚 奈及利亚 马里 肯尼亚
塞尔维亚 罗马尼亚 保加利亚 爱尔兰 欧盟 联合国 梵蒂冈 北京 上海 武汉 新疆 西藏 东京 首尔 巴黎 伦敦 柏林 莫斯科
基辅 华盛顿 纽约
"""
ENGLISH = """
china britain france germany japan korea india russia taiwan australia zealand canada italy spain portugal
greece turkey iran iraq israel gaza lebanon syria egypt belarus ukraine poland hungary austria switzerland
sweden norway finland denmark netherlands belgium brazil mexico argentina chile venezuela cuba peru colombia
vietnam thailand myanmar philippines malaysia singapore indonesia cambodia pakistan afghanistan bangladesh
nepal libya sudan ethiopia nigeria kenya serbia romania bulgaria ireland beijing shanghai tokyo seoul paris
london berlin moscow kyiv washington
"""
# Longest first, so that a name inside a longer one is not taken for it.
PLACE = re.compile(
    rf"{'|'.join(sorted(CHINESE.split(), key=lambda p: (-len(p), p)))}|\b(?:{'|'.join(sorted(ENGLISH.split()))})\b"
)


def places(folded: str) -> list[str]:
    """Places that the text names, in order."""
    return PLACE.findall(folded)
