"""The kinds of goods of the simulated shop: where each stands in the category tree, and what its items are like."""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """A leaf of the category tree, with what its items are like."""

    department: str
    group: str
    leaf: str
    noun: str
    noun_zh: str
    shape: str  # its drawing
    price: tuple[int, int]  # EUR
    materials: tuple[str, ...]
    colours: tuple[str, ...]
    shows_colour: bool  # in the title; nobody asks for a pink face cream
    sizes: tuple[tuple[str, str], ...]  # English, Chinese
    virtues: tuple[str, ...]  # "… that heats evenly"
    aspects: tuple[str, ...]  # what its reviews talk about


Row = tuple[str, str, str, str, int, int, str, str, str, str, str]

COOK = "black silver red blue green white beige brown orange"
TABLE = "white grey blue green beige black pink teal yellow brown"
CLOTH = "white grey beige blue navy green pink yellow red teal brown purple olive"
WOOD = "beige brown black white"
GEAR = "black olive orange blue red grey green teal yellow"
TECH = "black white silver blue grey pink teal red"
WEAR = "black white grey navy blue red green olive beige brown pink purple"
PACK = "-white beige pink green purple teal orange"  # - : a colour of the packaging only


def _kinds(department: str, group: str, *rows: Row) -> list[Kind]:
    return [
        Kind(
            department,
            group,
            leaf,
            noun,
            zh,
            shape,
            (low, high),
            tuple(materials.split(", ")),
            tuple(colours.lstrip("-").split()),
            not colours.startswith("-"),
            tuple((size.split("=")[0], size.split("=")[-1]) for size in sizes.split("|")),
            tuple(virtues.split("|")),
            tuple(aspects.split()),
        )
        for leaf, noun, zh, shape, low, high, materials, colours, sizes, virtues, aspects in rows
    ]


# fmt: off
KITCHEN: list[Kind] = [
    *_kinds("Kitchen", "Coffee & tea",
        ("Espresso machines", "Espresso Machine", "意式咖啡机", "machine", 120, 480, "steel, aluminium, copper", COOK,
         "1.2 l|1.8 l", "is ready within a minute|froths milk as well", "heat cleaning finish"),
        ("Coffee filters", "Reusable Coffee Filter", "可重复使用咖啡滤网", "filter", 8, 30, "steel, cotton, silicone",
         "black silver white beige brown", "1 cup=1杯|2 cups=2杯|4 cups=4杯",
         "rinses clean under the tap|lets the oils of the coffee through", "cleaning fit finish"),
        ("Mugs", "Mug", "马克杯", "mug", 7, 28, "ceramic, stoneware, porcelain, glass", TABLE, "250 ml|350 ml|450 ml",
         "keeps its colour in the dishwasher|sits well in both hands", "warmth handle colour"),
        ("Kettles", "Kettle", "烧水壶", "kettle", 25, 110, "steel, copper, glass", COOK, "1 l|1.5 l|1.7 l",
         "pours without a drip|boils quietly", "heat handle cleaning")),
    *_kinds("Kitchen", "Cookware",
        ("Pans", "Frying Pan", "平底锅", "pan", 22, 130, "steel, aluminium, copper", COOK, "20 cm|24 cm|28 cm",
         "heats evenly right up to the rim|works on every hob", "heat cleaning handle weight"),
        ("Pots", "Casserole Pot", "炖锅", "pot", 30, 160, "steel, aluminium, copper, ceramic", COOK, "3 l|5 l|7 l",
         "goes from the hob into the oven|keeps a stew warm for an hour", "heat cleaning weight"),
        ("Lids", "Universal Lid", "通用锅盖", "lid", 9, 35, "glass, silicone, steel", COOK, "20 cm|24 cm|28 cm",
         "closes tightly on three sizes|has a knob that stays cool", "fit handle cleaning"),
        ("Knives", "Chef's Knife", "主厨刀", "knife", 18, 140, "steel, ceramic", "black brown red white blue olive",
         "16 cm|20 cm", "stays sharp for months|lies well in the hand", "blade handle weight")),
    *_kinds("Kitchen", "Tableware",
        ("Bowls", "Serving Bowl", "餐碗", "bowl", 9, 45, "ceramic, stoneware, porcelain, bamboo", TABLE,
         "16 cm|22 cm|28 cm", "stacks neatly|is glazed by hand", "size colour finish"),
        ("Cutting boards", "Cutting Board", "砧板", "board", 12, 60, "oak, bamboo, walnut", WOOD, "30 cm|40 cm",
         "does not slip|has a groove for juice", "size stability finish")),
]

HOME: list[Kind] = [
    *_kinds("Home", "Lighting",
        ("Table lamps", "Table Lamp", "台灯", "lamp", 25, 150, "steel, copper, oak, ceramic", TABLE, "38 cm|52 cm",
         "gives a warm, even light|can be dimmed in three steps", "light stability finish"),
        ("Bulbs", "Warm LED Bulb", "暖光LED灯泡", "bulb", 4, 18, "glass, plastic", "-white yellow orange silver",
         "E14, 4 W|E27, 6 W|E27, 9 W", "lights up at once|lasts for years", "light fit packaging"),
        ("Candles", "Scented Candle", "香薰蜡烛", "candle", 8, 38, "beeswax, soy wax",
         "white beige pink green purple orange red teal", "150 g|220 g", "burns for forty hours|does not smoke",
         "smell packaging colour")),
    *_kinds("Home", "Textiles",
        ("Cushions", "Cushion", "靠垫", "cushion", 12, 55, "cotton, linen, wool", CLOTH, "40 × 40 cm|50 × 50 cm",
         "keeps its shape|has a cover that can be washed", "fabric colour comfort"),
        ("Blankets", "Throw Blanket", "盖毯", "blanket", 20, 120, "cotton, linen, wool, cashmere", CLOTH,
         "130 × 170 cm|150 × 200 cm", "is warm without weight|gets softer with every wash", "fabric size colour"),
        ("Towels", "Bath Towel", "浴巾", "towel", 9, 40, "cotton, linen", CLOTH, "70 × 140 cm|90 × 180 cm",
         "dries quickly|stays fluffy", "fabric size colour")),
    *_kinds("Home", "Furniture",
        ("Chairs", "Chair", "椅子", "chair", 45, 260, "oak, walnut, steel, plastic", TABLE, "45 cm|48 cm",
         "can be stacked|is comfortable for a whole dinner", "comfort stability finish"),
        ("Side tables", "Side Table", "边桌", "table", 40, 220, "oak, walnut, bamboo, steel", TABLE, "40 cm|50 cm",
         "fits beside any sofa|needs no screws", "stability size finish"),
        ("Vases", "Vase", "花瓶", "vase", 10, 70, "ceramic, stoneware, porcelain, glass", TABLE, "18 cm|26 cm|34 cm",
         "flatters even three tulips|is thrown on a wheel", "size colour finish")),
]

OUTDOOR: list[Kind] = [
    *_kinds("Outdoor", "Camping",
        ("Tents", "Tent", "帐篷", "tent", 80, 390, "nylon, canvas", GEAR,
         "2 persons=双人|3 persons=三人|4 persons=四人", "stands in five minutes|keeps dry in a day of rain",
         "waterproofing weight seams size"),
        ("Footprints", "Tent Footprint", "帐篷地布", "mat", 15, 60, "nylon, rubber", GEAR,
         "2 persons=双人|3 persons=三人|4 persons=四人", "saves the floor from stones|folds into a pocket",
         "waterproofing weight fit"),
        ("Stoves", "Camping Stove", "露营炉", "stove", 25, 120, "steel, aluminium", GEAR, "95 g|180 g|320 g",
         "boils a litre in four minutes|burns even in wind", "heat weight stability"),
        ("Fuel canisters", "Fuel Canister", "气罐", "canister", 6, 20, "steel", "-red green blue orange",
         "100 g|230 g|450 g", "lights in the cold as well|fits all threads", "weight packaging fit")),
    *_kinds("Outdoor", "Hiking",
        ("Backpacks", "Backpack", "登山背包", "backpack", 40, 210, "leather, canvas, nylon", GEAR + " brown",
         "22 l|35 l|55 l", "carries its weight on the hips|opens from the front", "comfort seams size weight"),
        ("Rain covers", "Backpack Rain Cover", "背包防雨罩", "cover", 10, 35, "nylon", GEAR, "20–30 l|40–60 l",
         "can be seen from far away|packs into its own pouch", "waterproofing fit seams"),
        ("Boots", "Hiking Boots", "徒步靴", "boot", 60, 230, "leather, nylon, rubber",
         "black brown olive grey blue red", "low=低帮|mid=中帮|high=高帮", "need no breaking in|grip on wet rock",
         "comfort size waterproofing"),
        ("Bottles", "Water Bottle", "水壶", "bottle", 9, 45, "steel, glass, plastic, aluminium", GEAR + " white pink",
         "500 ml|750 ml|1 l", "does not leak in a bag|keeps tea hot till evening", "warmth weight cleaning")),
]

ELECTRONICS: list[Kind] = [
    *_kinds("Electronics", "Phones",
        ("Phones", "Smartphone", "智能手机", "phone", 180, 890, "aluminium, glass, plastic", TECH,
         "128 GB|256 GB|512 GB", "lasts two days on a charge|takes good pictures at night",
         "battery screen sound weight"),
        ("Phone cases", "Phone Case", "手机壳", "case", 8, 45, "plastic, silicone, leather, rubber",
         TECH + " green purple yellow brown", "slim=轻薄|rugged=防摔",
         "survives a fall from a table|leaves all buttons free", "fit colour finish"),
        ("Chargers", "Fast Charger", "快速充电器", "charger", 10, 55, "plastic, aluminium", "black white silver grey",
         "20 W|45 W|65 W", "stays cool|fills a phone to half in twenty minutes", "charging size finish")),
    *_kinds("Electronics", "Sound",
        ("Headphones", "Headphones", "头戴式耳机", "headphones", 30, 320, "plastic, aluminium, leather",
         TECH + " beige", "on-ear=贴耳式|over-ear=包耳式", "shut out a whole train|fold flat",
         "sound battery comfort"),
        ("Ear pads", "Replacement Ear Pads", "替换耳罩", "pads", 8, 30, "leather, cotton, silicone",
         "black grey brown beige white navy", "80 mm|95 mm", "click on without tools|stay soft for years",
         "fit comfort finish"),
        ("Speakers", "Bluetooth Speaker", "蓝牙音箱", "speaker", 25, 260, "plastic, oak, aluminium", TECH + " orange",
         "10 W|20 W|40 W", "fills a room|can be used in the bathroom", "sound battery size")),
]

CLOTHING: list[Kind] = [
    *_kinds("Clothing", "Tops",
        ("T-shirts", "T-Shirt", "T恤", "shirt", 9, 40, "cotton, linen", WEAR, "round neck=圆领|V-neck=V领",
         "keeps its shape in the wash|is cut from one piece", "size fabric colour seams"),
        ("Sweaters", "Sweater", "毛衣", "sweater", 25, 130, "wool, cotton, cashmere", WEAR,
         "crew neck=圆领|roll neck=高领", "does not scratch|is warm without being bulky", "size fabric comfort"),
        ("Jackets", "Jacket", "夹克", "jacket", 50, 260, "nylon, wool, leather", WEAR, "short=短款|long=长款",
         "keeps the wind out|has pockets where hands look for them", "size fabric seams")),
    *_kinds("Clothing", "Accessories",
        ("Hats", "Hat", "帽子", "hat", 10, 55, "cotton, linen, wool", WEAR, "S/M|L/XL",
         "can be rolled up|stays on in a breeze", "size fabric colour"),
        ("Scarves", "Scarf", "围巾", "scarf", 12, 90, "wool, cotton, silk, cashmere", WEAR, "30 × 180 cm|70 × 200 cm",
         "is soft on the neck|can be worn three ways", "fabric colour smell"),
        ("Belts", "Belt", "腰带", "belt", 14, 80, "leather, canvas", "black brown navy beige olive red",
         "30 mm|35 mm",
         "gets better with age|has a buckle that can be changed", "size finish colour")),
]

BEAUTY: list[Kind] = [
    *_kinds("Beauty", "Skin care",
        ("Face creams", "Face Cream", "面霜", "jar", 8, 75, "shea, aloe, oat, olive oil", PACK, "30 ml|50 ml",
         "sinks in within a minute|leaves no shine", "smell texture packaging"),
        ("Cleansers", "Face Cleanser", "洁面乳", "tube", 6, 35, "aloe, oat, olive oil", PACK, "100 ml|150 ml",
         "takes off make-up in one go|does not sting", "smell texture packaging"),
        ("Soaps", "Soap Bar", "手工皂", "soap", 4, 16, "oat, shea, olive oil", PACK, "100 g|150 g",
         "lathers well in hard water|lasts for weeks", "smell texture packaging")),
    *_kinds("Beauty", "Grooming",
        ("Hair brushes", "Hair Brush", "发梳", "brush", 7, 45, "bamboo, plastic, oak",
         "beige brown black white pink teal", "18 cm|24 cm", "does not pull|gets through wet hair",
         "handle comfort finish"),
        ("Lipsticks", "Lipstick", "口红", "lipstick", 6, 32, "shea, beeswax", "red pink brown purple orange beige",
         "matt=哑光|satin=丝绒", "lasts through lunch|does not dry the lips", "colour smell texture"),
        ("Razors", "Safety Razor", "安全剃须刀", "razor", 12, 70, "steel, copper, bamboo",
         "silver black brown orange beige", "short=短柄|long=长柄", "weighs just enough|opens with one turn",
         "handle weight finish"),
        ("Blades", "Razor Blades", "剃须刀片", "blades", 4, 15, "steel", "-silver blue green red",
         "pack of 10=10片装|pack of 50=50片装", "stay sharp for a week|fit every safety razor",
         "blade fit packaging")),
]
# fmt: on

KINDS: list[Kind] = [*KITCHEN, *HOME, *OUTDOOR, *ELECTRONICS, *CLOTHING, *BEAUTY]

COMPLEMENTS: dict[str, tuple[str, ...]] = {
    "Coffee filters": ("Espresso machines",),
    "Lids": ("Pans", "Pots"),
    "Bulbs": ("Table lamps",),
    "Footprints": ("Tents",),
    "Fuel canisters": ("Stoves",),
    "Rain covers": ("Backpacks",),
    "Phone cases": ("Phones",),
    "Chargers": ("Phones", "Speakers"),
    "Ear pads": ("Headphones",),
    "Blades": ("Razors",),
}
"""Leaf → the leaves whose items its items go with."""
