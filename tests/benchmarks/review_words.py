"""The texts of the review benchmark: sentences of a shop's copy in English and Chinese, drawn with a seed.

Every sentence has its own words; a product's name makes the rare ones, and endings that all texts share the common.
"""

from collections.abc import Iterator, Sequence
from random import Random

SEED = 4
COMMON = {"en": "everyday", "zh": "品质"}  # in most texts
MEDIUM = {"en": "lantern", "zh": "露营"}  # in one of some dozen

ENGLISH = {
    "adjective": "soft bright sturdy quiet light warm fresh simple honest patient careful local recycled woven "
    "polished compact gentle crisp deep smooth slow clever familiar bold calm durable washable "
    "seasonal roomy slim natural hand-finished waterproof repairable foldable unscented refillable "
    "balanced even-toned textured matte",
    "noun": "mug kettle blanket apron notebook backpack lantern teapot towel basket candle jacket scarf "
    "pillow bottle knife chair lamp planter rug tray bowl grinder umbrella wallet tent stove "
    "thermos cushion ladder bicycle helmet saddle hammock easel clock mirror shelf drawer vase pan "
    "skillet whisk board jar filter speaker charger stand",
    "verb": "keeps holds carries opens closes dries folds warms cools stores protects softens brightens "
    "stirs travels lasts fits matches hangs stacks pours rinses brews rolls steadies quiets lifts "
    "cleans mends gathers",
    "people": "commuters gardeners students bakers cyclists hikers neighbours parents painters readers "
    "campers swimmers walkers cooks grandparents teachers climbers sailors musicians collectors",
    "place": "kitchen balcony office studio garden train harbour cabin workshop market library hallway beach "
    "forest courtyard classroom terrace attic boathouse orchard",
    "time": "mornings evenings winter summer weekends holidays autumn spring afternoons rain frost dusk sunrise",
}
CHINESE = {
    "adjective": "柔软 明亮 结实 安静 轻便 温暖 清新 简约 耐心 细致 环保 编织 光滑 小巧 温和 清脆 深邃 从容 灵巧 "
    "熟悉 大胆 沉稳 耐用 防水 时令 宽敞 纤细 天然 素雅 均衡 饱满 透气 厚实 通透 精巧 朴素 鲜艳 顺滑 "
    "挺括 蓬松",
    "noun": "杯子 水壶 毛毯 围裙 笔记本 背包 灯笼 茶壶 毛巾 篮子 蜡烛 夹克 围巾 枕头 水瓶 菜刀 椅子 台灯 "
    "花盆 地毯 托盘 大碗 磨豆机 雨伞 钱包 帐篷 炉子 保温壶 靠垫 梯子 单车 头盔 吊床 画架 时钟 镜子 "
    "书架 抽屉 花瓶 平底锅 砧板 罐子 滤网 音箱",
    "verb": "保持 收纳 携带 打开 晾干 折叠 加热 冷却 存放 保护 软化 照亮 搅拌 陪伴 适配 搭配 悬挂 堆叠 倾倒 "
    "冲洗 冲泡 卷起 稳固 提起 清洁 修补",
    "people": "通勤族 园艺师 学生 烘焙师 骑行者 徒步者 邻居 父母 画家 读者 旅行者 游泳者 厨师 祖父母 老师 "
    "攀岩者 水手 乐手 收藏家 茶友",
    "place": "厨房 阳台 办公室 画室 花园 列车 港湾 木屋 工坊 集市 图书馆 玄关 海滩 森林 庭院 教室 露台 阁楼 码头 果园",
    "time": "清晨 傍晚 冬天 夏天 周末 假日 秋天 春天 午后 雨天 霜降 黄昏 日出",
}
PATTERNS = {
    "en": [
        "The {adjective} {noun} {verb} what {people} need in the {place}.",
        "On {time}, a {adjective} {noun} {verb} more than a {adjective} {noun2}.",
        "Made for {people} who want a {adjective} {noun} by the {place} all through {time}.",
        "It {verb} {adjective} {noun2}s and {noun}s alike, even in {time}.",
        "Ask {people} in any {place}: a {noun} that is {adjective} {verb} longest.",
        "Six hours of {time} in the {place}, and the {noun} is still {adjective}.",
    ],
    "zh": [
        "这款{adjective}的{noun}能{verb}{people}在{place}需要的一切。",
        "每到{time}，{adjective}的{noun}比{noun2}更懂得{verb}。",
        "专为喜爱{adjective}{noun}的{people}设计，从{place}用到{time}。",
        "它能{verb}{noun2}，也能{verb}{noun}，{time}也不例外。",
        "问问{place}里的{people}：{adjective}的{noun}最经得起时间。",
        "在{place}度过整个{time}，{noun}依然{adjective}如初。",
    ],
}
ENDINGS = {  # three texts of four end with the first, one of thirty with the last
    "en": ["An everyday piece to keep.", "Take it home today.", "Good with a lantern at night."],
    "zh": ["日常品质，值得留存。", "今天就带回家吧。", "夜里露营也很合适。"],
}
FIRST = {
    "en": "Al Bel Cor Dun Els Fen Gar Hol Ist Jor Kes Lun Mar Nor Ost Pel Quil Ros Sal Tor Ul Ves Wen Yar Zel",
    "zh": "岚 澜 屿 栀 禾 苒 珂 昱 霁 麓 沅 榆 杉 砚 璟 筠 芷 荻 蕴 谧 邈 钰 霖 颐 鹭 麟 黛 鸢 隽 韶",
}
LAST = {
    "en": "bury combe dale field ford gate ham hurst ledge mere moor ness ridge stead stow thorpe vale wick worth yard",
    "zh": "瓷 釉 笺 篱 笙 箫 簪 绫 缎 裳 觞 醅 釜 铃 镯 陂 隰 雎 雩 霓 靛 鞍 馥 骊 魄 鲤 鹂 黍 鼎 龛",
}


def sentences(language: str, count: int) -> Iterator[str]:
    """Yield so many sentences; the few first words of each list are the most frequent, as words of a language are."""
    random = Random(f"{SEED} {language}")
    words = {kind: text.split() for kind, text in (ENGLISH if language == "en" else CHINESE).items()}
    for _ in range(count):
        chosen = {kind: often_the_first(random, some) for kind, some in words.items()}
        pattern = random.choice(PATTERNS[language])
        yield pattern.format(**chosen, noun2=random.choice(words["noun"]))


def often_the_first(random: Random, words: Sequence[str]) -> str:
    """Return one of the words, the first ones most often."""
    return words[int(len(words) * random.random() ** 2)]


def product_names(language: str) -> list[str]:
    """Return all names of products, in an order without meaning."""
    names = [first + last for first in FIRST[language].split() for last in LAST[language].split()]
    Random(SEED).shuffle(names)
    return names
