"""The vocabulary of the simulated shop: departments, kinds of item, brands, colours, people. Nothing here is real."""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """A leaf of the category tree, with what its items are like."""

    department: str
    group: str
    leaf: str
    noun: str
    noun_zh: str
    shape: str
    price: tuple[int, int]
    materials: tuple[str, ...]


def _kinds(department: str, group: str, *rows: tuple[str, str, str, str, int, int, str]) -> list[Kind]:
    return [
        Kind(department, group, leaf, noun, zh, shape, (low, high), tuple(materials.split()))
        for leaf, noun, zh, shape, low, high, materials in rows
    ]


METAL, WOOD, CLAY, GLASS = (
    "steel aluminium copper",
    "oak bamboo walnut",
    "ceramic stoneware porcelain",
    "glass",
)
CLOTH, SKIN, PLASTIC = "cotton linen wool", "leather canvas nylon", "plastic silicone rubber"

KINDS: list[Kind] = [
    *_kinds(
        "Kitchen",
        "Coffee & tea",
        ("Espresso machines", "Espresso Machine", "意式咖啡机", "machine", 120, 480, METAL),
        ("Coffee filters", "Reusable Coffee Filter", "可重复使用咖啡滤网", "filter", 8, 30, "steel cotton"),
        ("Mugs", "Mug", "马克杯", "mug", 7, 28, CLAY + " " + GLASS),
        ("Kettles", "Kettle", "烧水壶", "kettle", 25, 110, METAL + " glass"),
    ),
    *_kinds(
        "Kitchen",
        "Cookware",
        ("Pans", "Frying Pan", "平底锅", "pan", 22, 130, METAL),
        ("Pots", "Casserole Pot", "炖锅", "pot", 30, 160, METAL + " ceramic"),
        ("Lids", "Universal Lid", "通用锅盖", "lid", 9, 35, "glass silicone steel"),
        ("Knives", "Chef's Knife", "主厨刀", "knife", 18, 140, "steel ceramic"),
    ),
    *_kinds(
        "Kitchen",
        "Tableware",
        ("Bowls", "Serving Bowl", "餐碗", "bowl", 9, 45, CLAY + " bamboo"),
        ("Cutting boards", "Cutting Board", "砧板", "board", 12, 60, WOOD),
    ),
    *_kinds(
        "Home",
        "Lighting",
        ("Table lamps", "Table Lamp", "台灯", "lamp", 25, 150, METAL + " " + WOOD),
        ("Bulbs", "Warm LED Bulb", "暖光LED灯泡", "bulb", 4, 18, "glass plastic"),
        ("Candles", "Scented Candle", "香薰蜡烛", "candle", 8, 38, "wax soy"),
    ),
    *_kinds(
        "Home",
        "Textiles",
        ("Cushions", "Cushion", "靠垫", "cushion", 12, 55, CLOTH),
        ("Blankets", "Throw Blanket", "盖毯", "blanket", 20, 120, CLOTH),
        ("Towels", "Bath Towel", "浴巾", "towel", 9, 40, "cotton linen bamboo"),
    ),
    *_kinds(
        "Home",
        "Furniture",
        ("Chairs", "Chair", "椅子", "chair", 45, 260, WOOD + " steel"),
        ("Side tables", "Side Table", "边桌", "table", 40, 220, WOOD + " steel"),
        ("Vases", "Vase", "花瓶", "vase", 10, 70, CLAY + " " + GLASS),
    ),
    *_kinds(
        "Outdoor",
        "Camping",
        ("Tents", "Two-Person Tent", "双人帐篷", "tent", 80, 390, "nylon canvas"),
        ("Footprints", "Tent Footprint", "帐篷地布", "mat", 15, 60, "nylon rubber"),
        ("Stoves", "Camping Stove", "露营炉", "stove", 25, 120, METAL),
        ("Fuel canisters", "Fuel Canister", "气罐", "canister", 6, 20, "steel"),
    ),
    *_kinds(
        "Outdoor",
        "Hiking",
        ("Backpacks", "Backpack", "登山背包", "backpack", 40, 210, SKIN),
        ("Rain covers", "Backpack Rain Cover", "背包防雨罩", "cover", 10, 35, "nylon"),
        ("Boots", "Hiking Boots", "徒步靴", "boot", 60, 230, "leather nylon rubber"),
        ("Bottles", "Water Bottle", "水壶", "bottle", 9, 45, "steel glass plastic"),
    ),
    *_kinds(
        "Electronics",
        "Phones",
        ("Phones", "Smartphone", "智能手机", "phone", 180, 890, "aluminium glass"),
        ("Phone cases", "Phone Case", "手机壳", "case", 8, 45, PLASTIC + " leather"),
        ("Chargers", "Fast Charger", "快速充电器", "charger", 10, 55, "plastic aluminium"),
    ),
    *_kinds(
        "Electronics",
        "Sound",
        ("Headphones", "Headphones", "头戴式耳机", "headphones", 30, 320, "plastic aluminium leather"),
        ("Ear pads", "Replacement Ear Pads", "替换耳罩", "pads", 8, 30, "leather cotton"),
        ("Speakers", "Bluetooth Speaker", "蓝牙音箱", "speaker", 25, 260, "plastic oak aluminium"),
    ),
    *_kinds(
        "Clothing",
        "Tops",
        ("T-shirts", "T-Shirt", "T恤", "shirt", 9, 40, "cotton linen bamboo"),
        ("Sweaters", "Sweater", "毛衣", "sweater", 25, 130, "wool cotton cashmere"),
        ("Jackets", "Jacket", "夹克", "jacket", 50, 260, "nylon wool leather"),
    ),
    *_kinds(
        "Clothing",
        "Accessories",
        ("Hats", "Hat", "帽子", "hat", 10, 55, CLOTH),
        ("Scarves", "Scarf", "围巾", "scarf", 12, 90, "wool cotton silk cashmere"),
        ("Belts", "Belt", "腰带", "belt", 14, 80, "leather canvas"),
    ),
    *_kinds(
        "Beauty",
        "Skin care",
        ("Face creams", "Face Cream", "面霜", "jar", 8, 75, "shea aloe"),
        ("Cleansers", "Gentle Cleanser", "温和洁面乳", "tube", 6, 35, "aloe oat"),
        ("Soaps", "Soap Bar", "手工皂", "soap", 4, 16, "oat shea olive"),
    ),
    *_kinds(
        "Beauty",
        "Grooming",
        ("Hair brushes", "Hair Brush", "发梳", "brush", 7, 45, "bamboo plastic oak"),
        ("Lipsticks", "Lipstick", "口红", "lipstick", 6, 32, "shea wax"),
        ("Razors", "Safety Razor", "安全剃须刀", "razor", 12, 70, "steel copper bamboo"),
        ("Blades", "Razor Blades, Pack of 10", "剃须刀片10片装", "blades", 4, 15, "steel"),
    ),
]

COMPLEMENTS = {
    "Coffee filters": "Espresso machines",
    "Lids": "Pans",
    "Bulbs": "Table lamps",
    "Footprints": "Tents",
    "Fuel canisters": "Stoves",
    "Rain covers": "Backpacks",
    "Phone cases": "Phones",
    "Chargers": "Phones",
    "Ear pads": "Headphones",
    "Blades": "Razors",
}
"""Leaf → the leaf whose items its items go with."""

BRANDS = [
    "Alvora",
    "Brennig",
    "Caldero",
    "Dovelle",
    "Elmstad",
    "Fjordan",
    "Galvane",
    "Hestholm",
    "Ivarra",
    "Jorvane",
    "Kestrow",
    "Lumenta",
    "Marevo",
    "Norvell",
    "Ostrava-9",
    "Pellano",
    "Quillon",
    "Rovanti",
    "Solveig&Sons",
    "Tamsin",
    "Ulmera",
    "Vintora",
    "Wexley",
    "Xandelo",
    "Yarrowby",
    "Zephira",
    "Arbelle",
    "Brixdal",
    "Corvane",
    "Dunmere",
    "Eskilde",
    "Fenwyke",
    "Grenholt",
    "Havelin",
    "Istria-Lab",
    "Juniperi",
    "Kalmaro",
    "Lindqvale",
    "Montero&Fay",
    "Nimbusk",
    "Orlanda",
    "Pinemoor",
    "Quenby",
    "Rustella",
    "Saltmarch",
    "Thornby",
    "Umbriel",
    "Valdis",
]

COLOURS: dict[str, tuple[str, tuple[int, int, int]]] = {
    "black": ("黑色", (52, 54, 60)),
    "white": ("白色", (240, 240, 236)),
    "grey": ("灰色", (142, 148, 156)),
    "red": ("红色", (200, 64, 60)),
    "blue": ("蓝色", (62, 110, 184)),
    "navy": ("藏青色", (44, 60, 104)),
    "green": ("绿色", (86, 142, 92)),
    "olive": ("橄榄色", (128, 132, 76)),
    "yellow": ("黄色", (228, 184, 72)),
    "orange": ("橙色", (222, 128, 62)),
    "pink": ("粉色", (224, 148, 164)),
    "purple": ("紫色", (132, 98, 164)),
    "beige": ("米色", (216, 198, 166)),
    "brown": ("棕色", (132, 94, 66)),
    "teal": ("青色", (56, 140, 140)),
    "silver": ("银色", (186, 192, 200)),
}

MATERIALS_ZH = {
    "steel": "不锈钢",
    "aluminium": "铝合金",
    "copper": "黄铜",
    "oak": "橡木",
    "bamboo": "竹制",
    "walnut": "胡桃木",
    "ceramic": "陶瓷",
    "stoneware": "炻瓷",
    "porcelain": "骨瓷",
    "glass": "玻璃",
    "cotton": "棉质",
    "linen": "亚麻",
    "wool": "羊毛",
    "leather": "皮革",
    "canvas": "帆布",
    "nylon": "尼龙",
    "plastic": "塑料",
    "silicone": "硅胶",
    "rubber": "橡胶",
    "wax": "蜂蜡",
    "soy": "大豆蜡",
    "cashmere": "羊绒",
    "silk": "真丝",
    "shea": "乳木果",
    "aloe": "芦荟",
    "oat": "燕麦",
    "olive": "橄榄油",
}

STYLES: list[tuple[str, str, str, str]] = [
    ("Everyday", "日常款", "A dependable choice for daily use.", "适合日常使用。"),
    ("Compact", "紧凑型", "Takes little room and is easy to store.", "小巧易收纳。"),
    ("Classic", "经典款", "A familiar shape, carefully finished.", "造型经典，做工细致。"),
    ("Studio", "工作室系列", "Clean lines and a matte surface.", "线条简洁，哑光表面。"),
    ("Premium", "高级款", "Made to last, with a five-year guarantee.", "经久耐用，五年质保。"),
    ("Light", "轻盈款", "Noticeably lighter than others of its kind.", "比同类产品更轻。"),
    ("Heritage", "传承系列", "After a design from the nineteen-sixties.", "源自六十年代的设计。"),
    ("Nordic", "北欧风", "Quiet colours and rounded edges.", "色调柔和，边角圆润。"),
    ("Pro", "专业版", "For people who use it every day at work.", "为专业人士打造。"),
    ("Mini", "迷你款", "Smaller than usual, just as capable.", "体积更小，性能不减。"),
]

AGE_BANDS = ("18-24", "25-34", "35-44", "45-54", "55-64", "65+")
CITIES = ("Lindholm", "Port Avery", "Marrow Bay", "Castelune", "Yunhe", "Qingshan", "Westbrook", "Novadel")

ASPECTS: dict[str, list[tuple[str, str]]] = {
    "Kitchen": [("the heat", "受热"), ("the cleaning", "清洗"), ("the handle", "手柄")],
    "Home": [("the fabric", "面料"), ("the colour", "颜色"), ("the finish", "做工")],
    "Outdoor": [("the weight", "重量"), ("the seams", "接缝"), ("the waterproofing", "防水")],
    "Electronics": [("the battery", "电池"), ("the sound", "音质"), ("the fit", "贴合度")],
    "Clothing": [("the size", "尺码"), ("the fabric", "面料"), ("the cut", "剪裁")],
    "Beauty": [("the smell", "气味"), ("the texture", "质地"), ("the packaging", "包装")],
}

OPINIONS: dict[int, list[tuple[str, str]]] = {
    5: [("is excellent", "非常好"), ("is better than I expected", "超出预期"), ("is just right", "恰到好处")],
    4: [("is good", "不错"), ("is fine for the price", "性价比高")],
    3: [("is all right", "一般"), ("is neither good nor bad", "中规中矩")],
    2: [("is disappointing", "让人失望"), ("could be better", "有待改进")],
    1: [("is bad", "很差"), ("broke within a week", "一周就坏了")],
}

VERDICTS: dict[int, list[tuple[str, str]]] = {
    5: [
        ("Love it.", "非常喜欢。"),
        ("Would buy again.", "会回购。"),
        ("A gift that was welcome.", "送礼很受欢迎。"),
    ],
    4: [("Happy with it.", "很满意。"), ("Good value.", "物有所值。")],
    3: [("It does the job.", "能用。"), ("As described.", "与描述相符。")],
    2: [("Not what I hoped for.", "不如预期。"), ("A bit expensive for this.", "有点贵。")],
    1: [("I sent it back.", "已退货。"), ("Do not buy.", "不推荐购买。")],
}
