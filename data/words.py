"""The words of the simulated shop: brands, colours, materials, series, people. Nothing here is real."""

from __future__ import annotations

from typing import NamedTuple

RGB = tuple[int, int, int]


class Colour(NamedTuple):
    """A colour as it is said, drawn, and how often goods have it."""

    zh: str
    rgb: RGB
    share: float


class Series(NamedTuple):
    """A line of goods within a department, as titles and descriptions say it."""

    name: str
    zh: str
    said: str


COLOURS: dict[str, Colour] = {
    "black": Colour("黑色", (58, 60, 68), 3.0),
    "white": Colour("白色", (246, 245, 241), 2.6),
    "grey": Colour("灰色", (142, 148, 156), 2.0),
    "silver": Colour("银色", (192, 198, 206), 1.6),
    "red": Colour("红色", (204, 72, 66), 1.6),
    "blue": Colour("蓝色", (70, 120, 192), 2.0),
    "navy": Colour("藏青色", (50, 66, 112), 1.6),
    "green": Colour("绿色", (92, 150, 100), 1.6),
    "olive": Colour("橄榄色", (132, 136, 82), 1.0),
    "yellow": Colour("黄色", (232, 190, 82), 1.0),
    "orange": Colour("橙色", (226, 136, 72), 1.2),
    "pink": Colour("粉色", (228, 156, 170), 1.2),
    "purple": Colour("紫色", (140, 106, 172), 0.8),
    "beige": Colour("米色", (222, 204, 172), 1.6),
    "brown": Colour("棕色", (142, 102, 74), 1.4),
    "teal": Colour("青色", (62, 146, 146), 1.0),
}

MATERIALS_ZH = {
    "steel": "不锈钢",
    "aluminium": "铝合金",
    "copper": "铜制",
    "oak": "橡木",
    "bamboo": "竹制",
    "walnut": "胡桃木",
    "ceramic": "陶瓷",
    "stoneware": "炻瓷",
    "porcelain": "细瓷",
    "glass": "玻璃",
    "cotton": "棉质",
    "linen": "亚麻",
    "wool": "羊毛",
    "cashmere": "羊绒",
    "silk": "真丝",
    "leather": "皮革",
    "canvas": "帆布",
    "nylon": "尼龙",
    "plastic": "塑料",
    "silicone": "硅胶",
    "rubber": "橡胶",
    "beeswax": "蜂蜡",
    "soy wax": "大豆蜡",
    "shea": "乳木果",
    "aloe": "芦荟",
    "oat": "燕麦",
    "olive oil": "橄榄油",
}

TONES: dict[str, tuple[str, ...]] = {
    "copper": ("brown", "orange"),
    "oak": ("beige", "brown", "black", "white"),
    "bamboo": ("beige", "brown"),
    "walnut": ("brown", "black"),
    "leather": ("black", "brown", "beige", "navy", "red", "olive"),
}
"""The colours that some materials have; all others have any."""

UNSAID_MATERIALS = ("plastic",)
"""Materials that no title boasts of."""

# fmt: off
BRANDS = [
    "Alvora", "Brennow", "Caldrissa", "Dovelle", "Elmstad", "Fjordan", "Galvenne", "Hestholm",
    "Ivarrow", "Jorvane", "Kestrow", "Lumarrow", "Marevo", "Norvessa", "Oskarby", "Pellano",
    "Quillorn", "Rovanti", "Solveig&Sons", "Tamsiné", "Ulmera", "Vintorra", "Wexlow", "Xandelo",
    "Yarrowby", "Zephrane", "Arbellin", "Brixdal", "Corvenne", "Dunmarrow", "Eskilde", "Fenwyke",
    "Grenholt", "Havelin", "Istrelle", "Junipera", "Kalmaro", "Lindqvale", "Monterfay", "Nimbusk",
    "Orlavey", "Pinemoor", "Quenbury", "Rustella", "Saltmarch", "Thornaby", "Umbrelle", "Valdissa",
]
# fmt: on

SERIES: dict[str, list[Series]] = {
    "Kitchen": [
        Series("Everyday", "日常系列", "A dependable choice for every day"),
        Series("Bistro", "小馆系列", "As sturdy as in a restaurant"),
        Series("Studio", "工作室系列", "Clean lines and a matte surface"),
        Series("Heritage", "传承系列", "After a design of the nineteen-sixties"),
        Series("Nordic", "北欧系列", "Quiet tones and rounded edges"),
        Series("Pro", "专业系列", "For people who cook a lot"),
        Series("Compact", "紧凑系列", "Takes little room in the cupboard"),
    ],
    "Home": [
        Series("Nordic", "北欧系列", "Quiet tones and rounded edges"),
        Series("Loft", "阁楼系列", "Plain and a little industrial"),
        Series("Heritage", "传承系列", "After a design of the nineteen-sixties"),
        Series("Cosy", "暖居系列", "Made for long evenings"),
        Series("Atelier", "工坊系列", "Finished by hand in small numbers"),
        Series("Linea", "线条系列", "Nothing on it that need not be there"),
    ],
    "Outdoor": [
        Series("Trail", "山径系列", "For day walks and back gardens alike"),
        Series("Summit", "峰顶系列", "Tested above the tree line"),
        Series("Basecamp", "营地系列", "Roomy and hard to break"),
        Series("Featherlight", "轻羽系列", "Every gram has been argued about"),
        Series("Weekend", "周末系列", "Packed in five minutes"),
        Series("Expedition", "远征系列", "Can be mended anywhere"),
    ],
    "Electronics": [
        Series("Air", "轻薄版", "Noticeably lighter than the one before"),
        Series("Pro", "专业版", "For people who use it all day"),
        Series("Mini", "迷你版", "Smaller than usual, just as capable"),
        Series("Max", "加强版", "The large one of the family"),
        Series("Pulse", "律动版", "Tuned with care"),
        Series("One", "基础版", "All that one needs and no more"),
    ],
    "Clothing": [
        Series("Classic", "经典款", "A familiar cut, carefully sewn"),
        Series("Relaxed", "宽松款", "Cut a little wider"),
        Series("City", "都市款", "Dressed enough for the office"),
        Series("Weekend", "周末款", "Soft from the first day"),
        Series("Essential", "基础款", "Goes with everything else"),
        Series("Harbour", "港湾款", "Made for wind"),
    ],
    "Beauty": [
        Series("Calm", "舒缓系列", "Kind to skin that is easily upset"),
        Series("Daily", "日常系列", "For morning and evening"),
        Series("Pure", "纯净系列", "A short list of ingredients"),
        Series("Botanic", "植萃系列", "Made with plants from one valley"),
        Series("Ritual", "仪式系列", "A small luxury before bed"),
        Series("Fresh", "清新系列", "Smells faintly of citrus"),
    ],
}

AGE_BANDS = {"18-24": 0.14, "25-34": 0.25, "35-44": 0.22, "45-54": 0.17, "55-64": 0.13, "65+": 0.09}
CITIES = {
    "Lindholm": 0.22,
    "Port Avery": 0.18,
    "Marrow Bay": 0.14,
    "Castelune": 0.12,
    "Yunjing": 0.12,
    "Qinghe Bay": 0.09,
    "Westermoor": 0.07,
    "Novadel": 0.06,
}
