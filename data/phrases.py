"""What reviews are put together from, in English and Chinese."""

from __future__ import annotations

from typing import NamedTuple

Said = tuple[str, str]  # English, Chinese


class Aspect(NamedTuple):
    """One side of an item, as buyers praise it, shrug at it, or complain about it."""

    good: tuple[Said, ...]
    fair: tuple[Said, ...]
    bad: tuple[Said, ...]


def _aspect(good: str, fair: str, bad: str) -> Aspect:
    def said(text: str) -> tuple[Said, ...]:
        return tuple((pair.split(" = ")[0], pair.split(" = ")[1]) for pair in text.split(" | "))

    return Aspect(said(good), said(fair), said(bad))


ASPECTS: dict[str, Aspect] = {
    "battery": _aspect(
        "the battery lasts two full days = 电池能用整整两天 | the battery keeps its charge = 电池很耐用",
        "the battery gets me through the day = 电池刚好够用一天",
        "the battery is empty by noon = 电池半天就没电了 | the battery drains too fast = 电池掉电太快",
    ),
    "sound": _aspect(
        "the sound is clear and warm = 音质清晰温暖 | the bass is surprisingly deep = 低音出乎意料地好",
        "the sound is average = 音质一般",
        "the sound is tinny = 声音发闷发尖 | it crackles when loud = 音量大就有杂音",
    ),
    "screen": _aspect(
        "the screen is bright even in the sun = 屏幕在阳光下也清楚 | the screen is a pleasure = 屏幕看着很舒服",
        "the screen is fine indoors = 屏幕在室内还行",
        "the screen scratches easily = 屏幕很容易刮花",
    ),
    "charging": _aspect(
        "charging is really fast = 充电速度很快 | half an hour of charging is enough = 充半小时就够用",
        "charging takes about as long as before = 充电速度和以前差不多",
        "charging is slower than promised = 充电没有宣传的快",
    ),
    "size": _aspect(
        "the size is just right = 尺寸刚刚好 | the size is as in the table = 尺码和表上一致",
        "the size is a little generous = 尺寸稍微偏大",
        "it is smaller than it looks = 比看上去小很多 | the size is off = 尺码不准",
    ),
    "fit": _aspect(
        "it fits perfectly = 贴合度完美 | it clicks right into place = 一扣就到位",
        "it fits with a little push = 稍微用力才能装上",
        "it does not fit as promised = 装不上，和描述不符 | it comes loose = 容易松动",
    ),
    "fabric": _aspect(
        "the material is soft and dense = 面料柔软厚实 | the material feels expensive = 面料很有质感",
        "the material is a bit thin = 面料有点薄",
        "the material pilled after one wash = 洗一次就起球 | the material itches = 面料扎人",
    ),
    "colour": _aspect(
        "the colour is exactly as pictured = 颜色和图片一样 | the colour is lovely = 颜色很好看",
        "the colour is slightly darker than shown = 颜色比图片略深",
        "the colour is nothing like the picture = 颜色和图片差很多",
    ),
    "seams": _aspect(
        "the seams are neat and strong = 缝线整齐结实",
        "there were a few loose threads = 有几处线头",
        "a seam came apart in the first week = 第一周就开线了",
    ),
    "comfort": _aspect(
        "it is comfortable for hours = 用几个小时都很舒服 | it is very comfortable = 非常舒适",
        "it is comfortable enough = 舒适度还可以",
        "it presses after an hour = 一小时后就不舒服了",
    ),
    "finish": _aspect(
        "the finish is flawless = 做工无可挑剔 | it is carefully made = 做工很细致",
        "the finish is plain = 做工普通",
        "there were scratches on arrival = 到货就有划痕 | it looks cheap = 看起来很廉价",
    ),
    "weight": _aspect(
        "it is pleasantly light = 很轻便 | the weight feels right = 重量正合适",
        "it is a little heavy = 稍微有点重",
        "it is far too heavy = 实在太重了",
    ),
    "waterproofing": _aspect(
        "it stayed dry in a whole day of rain = 下一整天雨都不漏 | water just runs off = 防水效果很好",
        "it is fine in light rain = 小雨没问题",
        "it leaks in heavy rain = 大雨就漏水",
    ),
    "heat": _aspect(
        "it heats quickly and evenly = 受热快而均匀 | it gets hot in no time = 很快就热了",
        "it takes its time to warm up = 升温有点慢",
        "it gets hot where it should not = 不该烫的地方很烫",
    ),
    "warmth": _aspect(
        "it keeps tea warm for long = 保温时间很长 | it stays warm for an hour = 一小时后还是热的",
        "it keeps warm about as long as others = 保温效果和别的差不多",
        "tea is cold within minutes = 没几分钟就凉了",
    ),
    "cleaning": _aspect(
        "cleaning takes a minute = 一分钟就洗干净 | it is very easy to clean = 很好清洗",
        "it is best washed by hand = 最好手洗",
        "cleaning it is a pain = 清洗非常麻烦",
    ),
    "handle": _aspect(
        "the handle sits well in the hand = 手柄握感很好",
        "the handle takes getting used to = 手柄需要适应",
        "the handle is already loose = 手柄已经松了",
    ),
    "blade": _aspect(
        "it is wonderfully sharp = 非常锋利 | it stays sharp = 用很久还是锋利",
        "it is sharp enough = 锋利度够用",
        "it went blunt within days = 没几天就钝了",
    ),
    "light": _aspect(
        "the light is warm and even = 光线温暖均匀 | the light is easy on the eyes = 灯光不刺眼",
        "the light could be a bit brighter = 光线可以再亮一点",
        "the light flickers = 灯光会闪",
    ),
    "stability": _aspect(
        "it stands firmly = 放得很稳", "it needs a level floor = 要放在平的地方", "it wobbles = 放着会晃"
    ),
    "smell": _aspect(
        "the smell is subtle and fresh = 气味清新淡雅 | it smells wonderful = 非常好闻",
        "the smell is gone after a day = 气味一天就散了",
        "the smell is much too strong = 气味太浓 | it smells of chemicals = 有化学味",
    ),
    "texture": _aspect(
        "the texture is smooth and light = 质地细腻清爽 | it spreads beautifully = 很好推开",
        "the texture is a bit rich = 质地稍微厚重",
        "it is sticky = 很黏腻 | it dried out my skin = 用完皮肤发干",
    ),
    "packaging": _aspect(
        "it came well packed = 包装很好 | the packaging makes a nice gift = 包装精美适合送礼",
        "there is a lot of packaging = 包装有点多",
        "the packaging was damaged = 包装破损了",
    ),
}

VERDICTS: dict[int, tuple[Said, ...]] = {
    5: (
        ("Love it.", "非常喜欢。"),
        ("Would buy again.", "会回购。"),
        ("Worth every cent.", "物超所值。"),
        ("Could not be happier.", "满意得不能再满意。"),
        ("A welcome gift.", "送人很受欢迎。"),
    ),
    4: (
        ("Happy with it.", "挺满意。"),
        ("Good value.", "性价比高。"),
        ("Recommended.", "推荐。"),
        ("Almost perfect.", "接近完美。"),
    ),
    3: (
        ("It does the job.", "能用。"),
        ("As described, no more.", "与描述相符，仅此而已。"),
        ("All right for the price.", "这个价位还行。"),
    ),
    2: (
        ("Not what I hoped for.", "不如预期。"),
        ("A bit expensive for this.", "有点贵。"),
        ("I would not buy it again.", "不会再买。"),
    ),
    1: (
        ("Do not buy.", "不推荐购买。"),
        ("A waste of money.", "浪费钱。"),
        ("Very disappointed.", "非常失望。"),
    ),
}

OPENERS: tuple[Said, ...] = (
    ("Bought this for my sister.", "给姐姐买的。"),
    ("Second week with it.", "用了两周。"),
    ("Arrived quickly.", "物流很快。"),
    ("My first from this brand.", "第一次买这个牌子。"),
    ("In use every day.", "每天都在用。"),
    ("Replaces an old one.", "换掉了旧的。"),
)
