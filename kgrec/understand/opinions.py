"""Words that praise or find fault whatever they speak of, in English and Chinese; words that turn them around.

Words whose sense hangs on what they are said of (long, light, cheap, 大, 长) are in none of these lists.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


def word_set(text: str) -> frozenset[str]:
    """Words that spaces part."""
    return frozenset(text.split())


_GOOD_EN = word_set("""
    accurate adorable amazing attractive awesome beautiful brilliant charming classy clean clear comfortable
    comfy convenient cool cozy cute decent delicious delightful dependable durable easy effective efficient
    elegant enjoyable excellent exceptional exquisite fab fabulous fantastic fine flawless flattering
    flexible fresh friendly fun genuine gentle glad good gorgeous great handy happy helpful impressive
    impressed incredible intuitive lovely luxurious magnificent marvelous marvellous neat nice nicer
    outstanding perfect perfectly pleasant pleased pleasing pleasure polished polite powerful practical
    precise premium pretty prompt quick reasonable refreshing reliable responsive roomy safe satisfied
    satisfying sharp sleek smart smooth soft solid sophisticated spacious splendid spotless stable stunning
    sturdy stylish sublime superb superior sweet tasty terrific thoughtful top-notch tough trustworthy
    useful versatile vibrant vivid warm well wonderful wonderfully beautifully excellently flawlessly nicely
    smoothly quickly easily effortlessly reliably yummy best better breeze bonus love loved loves loving
    adore adores adored enjoy enjoyed enjoys like liked likes recommend recommended recommends appreciate
    appreciated appreciates worth rocks exceeded exceeds surprised effortless hassle-free authentic generous
    affordable ideal robust crisp secure
    """)
_BAD_EN = word_set("""
    abysmal annoying atrocious awful awkward bad badly blurry bogus boring broken brittle bulky bummer
    careless cheaply clumsy clunky complicated confusing counterfeit crap crappy crooked cumbersome damaged
    dangerous defective difficult dim dirty disappointed disappointing disappointment disgusting
    dissatisfied dreadful dull fake faulty filthy flimsy fragile frustrating frustrated garbage ghastly
    grainy greasy gross harsh horrendous horrible horrid horribly hideous hopeless inaccurate incorrect
    inconvenient incompatible incomplete inferior insufficient irritating junk junky lacking lame leaky
    lousy mediocre messy misleading missing moldy mouldy muffled nasty noisy overpriced painful pathetic
    poor poorly ridiculous rude rotten rough rubbish sad scam scratched scratchy shabby shoddy sloppy slow
    sluggish smelly sour sticky stiff stale stupid subpar terrible terribly tinny tacky torn trash ugly
    unacceptable unbearable uncomfortable unhappy unhelpful unpleasant unreliable unresponsive unstable
    unsatisfactory unusable upset upsetting useless waste weak weird wobbly worn worse worst worthless wrong
    blunt itchy loose hate hated hates dislike disliked dislikes regret regretted returned refund broke
    breaks cracked cracks crashes crashed died dies fails failed failing fades faded flickers itches jams
    jammed leaks leaked leaking peels peeled pilled ripped rips rusted rusty scratches shrank shrunk rattles
    squeaks squeaky crackles stinky sucks sucked stinks stained stopped tears tore wobbles wrinkled
    overheats overheated complaint complain complaints problem problems issue issues trouble drains drained
    """)
_GOOD_ZH = word_set("""
    好 很好 不错 棒 很棒 赞 真棒 满意 喜欢 推荐 值 值得 超值 实惠 划算 便宜 舒服 舒适 漂亮 美观 好看 精美
    精致 细腻 细致 清晰 清楚 流畅 耐用 结实 牢固 稳定 稳固 方便 便捷 快捷 快速 迅速 及时 周到 热情 耐心 贴心
    专业 负责 新鲜 好吃 可口 美味 香甜 鲜美 干净 整洁 安静 宽敞 明亮 优秀 优质 优美 完美 出色 一流 正品 真品
    正宗 柔软 柔和 顺滑 光滑 厚实 轻便 轻巧 灵敏 灵活 准确 精准 准时 合适 合身 合理 适合 适中 适宜 给力 高兴
    开心 愉快 惊喜 放心 省心 实用 好用 好闻 好听 耐看 大方 时尚 高档 高端 大气 典雅 精彩 生动 有趣 深刻 经典
    感人 强大 强劲 强悍 齐全 完整 完好 严实 安全 可靠 超好 挺好 蛮好 太好了 爱 超赞 物超所值 物美价廉
    爱不释手 无可挑剔 一如既往 回购 好评 五星 满分 支持 信赖 信任 靠谱 清新 清爽 淡雅 均匀 锋利 透气 保暖
    暖和 亲切 友好 到位 良好 最好 可爱 享受 佩服 欣赏 超快 神速 很快 飞快 挺快 好喝 脆甜 水灵 饱满 多汁 甜
    香 优惠 省电 超棒 杠杠的 没得说 没话说 丝滑 醇厚 棒棒 哈哈 感谢 谢谢
    """)
_BAD_ZH = word_set("""
    差 很差 太差 极差 坏 烂 太烂 垃圾 糟 糟糕 糟透 失望 后悔 上当 骗 骗人 骗子 欺骗 忽悠 坑 坑人 坑爹 假货
    假 仿冒 假冒 山寨 次品 残次 劣质 粗糙 毛糙 难看 丑 难闻 难吃 难喝 难用 刺鼻 臭 恶心 脏 破 破损 损坏 坏掉
    断裂 开裂 裂 掉色 褪色 起球 缩水 变形 划痕 刮花 瑕疵 毛病 问题 故障 死机 卡顿 卡 黑屏 花屏 漏水 漏 松动
    歪 生锈 掉漆 杂音 噪音 刺耳 模糊 不清 昏暗 麻烦 繁琐 费劲 费力 迟钝 缓慢 拖沓 敷衍 冷淡 恶劣 粗暴 不耐烦
    不负责任 推脱 推诿 无语 郁闷 气愤 生气 愤怒 恼火 无奈 可惜 遗憾 差劲 差评 不值 不好 不行 不爽 不满
    不满意 不喜欢 不推荐 不适 不合格 不稳 不稳定 不符 不灵 不准 不舒服 不方便 不怎么样 不咋地 没用 无用 没法
    无聊 枯燥 乏味 啰嗦 肤浅 幼稚 空洞 退货 退款 退换 投诉 返修 维修 过期 变质 发霉 霉 腐烂 发黑 酸 苦 涩
    油腻 黏腻 扎人 硌 痒 过敏 掉发 脱发 头屑 太贵 偏贵 昂贵 廉价 单薄 脆弱 易碎 陈旧 破旧 老旧 二手 翻新 吵
    吵闹 嘈杂 潮湿 阴暗 简陋 狭小 拥挤 虚假 夸大 混乱 错误 缺 缺少 缺失 少发 漏发 发错 讨厌 反感 厌恶 鄙视
    恐怖 可怕 危险 严重 浪费 亏 冤 傻 笨重 笨拙 慢 太慢 很慢 发热 发烫 烫手 闪屏 掉电 耗电 没电 异味 怪味
    开线 线头 脱线 勾丝 扎 晃 刺眼
    """)
_TURNS_EN = word_set("""
    not no never neither nor without hardly barely cannot cant can't isnt isn't wasnt wasn't arent aren't
    werent weren't dont don't doesnt doesn't didnt didn't wont won't wouldnt wouldn't couldnt couldn't hasnt
    hasn't havent haven't hadnt hadn't shouldnt shouldn't nothing nobody none
    """)
_TURNS_ZH = word_set(
    "不 没 没有 不是 不太 不够 不怎么 不大 不会 不能 不算 不再 未 无 并非 非 别 毫无 并不 并没有 从不 从未 不可"
)

OPINIONS: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        "en": MappingProxyType(dict.fromkeys(_GOOD_EN, 1) | dict.fromkeys(_BAD_EN, -1)),
        "zh": MappingProxyType(dict.fromkeys(_GOOD_ZH, 1) | dict.fromkeys(_BAD_ZH, -1)),
    }
)
"""Language → word → +1 if it praises, −1 if it finds fault."""

TURNS: Mapping[str, frozenset[str]] = MappingProxyType({"en": _TURNS_EN, "zh": _TURNS_ZH})
"""Language → words after which an opinion means its opposite."""
