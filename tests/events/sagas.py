"""Two sagas of our own invention, in Chinese and in English, and their neighbours on the same topic."""

from __future__ import annotations

from tests.events.newsroom import article

DAY = 24.0

ARREST = article(
    "arrest",
    "北岭港务局前局长韩若川被捕 涉嫌私卖码头",
    "北岭国检察院宣布，港务局前局长韩若川周一在青河市的家中被捕，他涉嫌收受贿赂，把三号码头以低价卖给海隆公司。\n"
    "检察官顾明远说，韩若川在任八年间收受海隆公司约四千万元，搜查时在地下室找到金条和账本。\n"
    "韩若川的律师表示，当事人不认罪。海隆公司拒绝评论。",
)
TRIAL = article(
    "trial",
    "北岭前港务局长韩若川受审 否认为海隆公司护航",
    "北岭国港务局前局长韩若川受贿案在青河市法院开庭，检察官顾明远当庭出示从地下室搜出的账本。\n"
    "韩若川否认低价出售三号码头，说交易经过部务会议批准。海隆公司两名经理将作为证人出庭。\n"
    "庭审预计持续三周。",
    hours=12 * DAY,
    publisher="herald",
)
VERDICT = article(
    "verdict",
    "韩若川受贿罪成 北岭前港务局长被判九年",
    "青河市法院判处北岭国港务局前局长韩若川九年徒刑，认定他收受海隆公司贿赂、贱卖三号码头。\n"
    "法官说，账本和两名经理的证词足以定罪。韩若川当庭表示上诉，检察官顾明远对判决表示满意。",
    hours=36 * DAY,
    publisher="morning",
)
# The same topic: officials, bribes, courts, the same country.
CUSTOMS = article(
    "customs",
    "北岭海关官员受贿被捕",
    "北岭国检察院宣布，一名海关副关长周三被捕，他涉嫌收受走私香烟的商人贿赂，放行集装箱。\n"
    "检察院说，这名官员承认收钱，案件由邻省的检察官办理，法院将在秋天开庭。",
    hours=3 * DAY,
    publisher="herald",
)
MAYOR = article(
    "mayor",
    "南原前市长受贿案开庭 当庭认罪",
    "南原市前市长杜世平受贿案开庭，他承认收受地产商的贿赂，请求法官从轻判决。\n"
    "检察官要求判处七年徒刑。案件引起关注，因为杜世平曾以反腐出名。",
    hours=20 * DAY,
    publisher="island",
)
PORT = article(
    "port",
    "北岭港口吞吐量创新高",
    "北岭国港务局公布，上半年港口吞吐量同比增长一成，集装箱增长最快。\n港务局说，新建的五号码头明年启用。",
    hours=25 * DAY,
    publisher="herald",
)

STRIKE = article(
    "strike",
    "Ferry crews at Corvane Lines walk out over night shifts",
    "Ferry crews at Corvane Lines walked out on Monday, leaving the Skerry islands without a crossing.\n"
    "The seafarers' union, led by Moira Tulloch, demands extra pay for night shifts. Corvane Lines called the strike "
    "irresponsible and offered talks.",
    language="en",
)
TALKS = article(
    "talks",
    "Corvane Lines and seafarers' union fail to end Skerry ferry strike",
    "Talks between Corvane Lines and the seafarers' union broke down late on Thursday, and the Skerry islands remain "
    "without ferries.\n"
    "Union leader Moira Tulloch said the offer on night shifts fell short. A mediator will be named next week.",
    hours=3 * DAY,
    publisher="courier",
    language="en",
)
DEAL = article(
    "deal",
    "Skerry ferries sail again after Corvane Lines settles with union",
    "Ferries to the Skerry islands sail again after Corvane Lines agreed to a supplement for night shifts.\n"
    "Moira Tulloch of the seafarers' union welcomed the settlement, which the mediator brokered over the weekend.",
    hours=11 * DAY,
    publisher="observer",
    language="en",
)
BAKERS = article(
    "bakers",
    "Bakers in Port Alder down tools over pay",
    "Bakers in Port Alder went on strike on Friday because wages lag behind prices; shops ran out of bread by noon.\n"
    "Owners said that they could pay no more, and their federation proposes arbitration to the union.",
    hours=5 * DAY,
    publisher="courier",
    language="en",
)
REGATTA = article(
    "regatta",
    "Skerry regatta draws a record fleet",
    "Ninety boats sailed in the annual regatta, the most since it began. A sailmaker's daughter won the main race.",
    hours=8 * DAY,
    publisher="observer",
    language="en",
)
CHINESE = (ARREST, CUSTOMS, TRIAL, MAYOR, PORT, VERDICT)
ENGLISH = (STRIKE, TALKS, BAKERS, REGATTA, DEAL)
