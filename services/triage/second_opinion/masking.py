"""Masks what leaves this machine: more than what travels inside, rather too much than too little.

Pure; called by `questions` before a text is kept for asking.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from runtime.redaction import mask_text

MASK = "***"
_CONTROLS = re.compile(
    r"[\u0000-\u0008\u000b-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
_WIDE = re.compile(r"\s{2,}")
"""Patterns allow spaces in several places: a thousand of them would take each one a second."""
_LINK = re.compile(r"(?:https?://|www\.)[^\s\u3000-\u9fff]+", re.IGNORECASE)
_HANDLE = re.compile(
    r"(?P<says>(?:微信|薇信|威信|vx|wx|wechat|weixin|qq|抖音|快手|小红书|支付宝|旺旺|账号|帐号|昵称|id)"
    r"(?:号|名|id|account)?\s*(?:是|为|[:：=])?\s*)[A-Za-z0-9_\-@.]{4,}",
    re.IGNORECASE,
)
_AT = re.compile(r"(?<![A-Za-z0-9])@[A-Za-z0-9_\-.]{3,}")
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-/#]*")
"""A run of letters and digits; masked when it holds a number that could stand for somebody."""
_REST = re.compile(r"(?<![A-Za-z0-9_\-@.])[A-Za-z0-9_\-@.]*\*{2,}[A-Za-z0-9_\-@.*]*")
"""What an earlier mask left of a number."""
_DIGITS_APART = re.compile(r"\d(?:[\s\-_.·,，*]{0,3}\d){6,}")
_SPOKEN = re.compile(
    r"[零〇一二三四五六七八九幺两洞拐壹贰叁肆伍陆柒捌玖](?:[\s\-.,，、]?[零〇一二三四五六七八九幺两洞拐壹贰叁肆伍陆柒捌玖]){5,}"
)
_PLACE = re.compile(
    r"(?:[\u4e00-\u9fff]{2,8}?(?:省|自治区))?[\u4e00-\u9fff]{2,8}?(?:市|自治州)"
    r"[\u4e00-\u9fff]{1,8}?(?:区|县|镇|乡|街道)(?:[\u4e00-\u9fffA-Za-z0-9*#\-]{1,30}?"
    r"(?:路|街|道|巷|弄|村|号|小区|花园|公寓|大厦|广场|苑|园|城|栋|幢|室))*"
)
_ROAD = re.compile(
    r"[\u4e00-\u9fff]{2,6}(?:路|大街|大道|胡同|巷)\s*[\d*一二三四五六七八九十百]{1,6}\s*号?"
    r"(?:[\u4e00-\u9fffA-Za-z0-9*#\-]{0,12}(?:小区|花园|公寓|大厦|苑|栋|幢|室))?"
)
_HOME = re.compile(
    r"[\u4e00-\u9fff]{2,6}(?:小区|花园|公寓|家园|新村|宿舍)(?:[A-Za-z0-9*#\-]{1,10})?"
)
_ADDRESS = re.compile(
    r"(?P<says>(?:(?:收货地址|收件地址|地址|住址|家住|住在|寄到|送到|address)\s*(?:是|为|[:：])"
    r"|(?:收货地址|收件地址|地址|住址|家住)\s)\s*)[^\n。；;!?！？]{4,}",
    re.IGNORECASE,
)
_STREET = re.compile(
    r"\b\d{1,6}[A-Za-z]?\s+(?:[A-Za-z][A-Za-z.']*\s+){1,4}"
    r"(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|court|ct|way|place|pl|square)\b"
    r"\.?(?:\s*,?\s*(?:apt|unit|suite|flat)\.?\s*\w+)?",
    re.IGNORECASE,
)
_SURNAME = (
    "欧阳|上官|司马|诸葛|慕容|皇甫|尉迟|令狐|"
    "[王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚"
    "卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤傅温康]"
)
_TITLED = re.compile(
    rf"(?:{_SURNAME})[\u4e00-\u9fff]{{0,2}}?(?=先生|女士|小姐|太太|师傅|老师|经理|阿姨|大爷|叔叔)"
)
_RECEIVES = re.compile(
    rf"(?:{_SURNAME})[\u4e00-\u9fff]{{1,2}}?(?=\s*(?:[签代]?收(?![到货件])|亲启))"
)
_CALLED = re.compile(
    r"(?P<says>(?:我叫|姓名|名字|真名|实名|收[件货]人|联系人|寄件人|下单人|户主|机主|签收人|签名"
    r"|写给|寄给|刻上?)[叫是为]?\s*[:：]?\s*)"
    rf"(?:{_SURNAME})[\u4e00-\u9fff]{{1,2}}"
)
_MENTIONED = re.compile(
    r"(?P<says>(?:我是|本人|找|联系|送给|发给|叫)\s*[:：]?\s*)"
    rf"(?:{_SURNAME})[\u4e00-\u9fff]{{1,2}}?"
    r"(?=[^\u4e00-\u9fff]|$|的|电话|手机|地址|收|签|在|住|买|下单|处理|解决|说|问|帮|退|换)"
)
_ENGLISH = re.compile(
    r"(?P<says>\b(?:[Mm]y name is|[Nn]ame\s*:|I am|I'm|[Tt]his is|[Rr]egards,?|[Tt]hanks,"
    r"|[Ss]incerely,?|[Aa]ttn:?|Mr\.?|Mrs\.?|Ms\.?|Miss|Dr\.?|[Cc]ontact)\s+)"
    r"[A-Z][a-z]+(?:[ -][A-Z][a-z'\-]+){0,2}\b"
)


def masked(text: str, known: Iterable[str | None] = ()) -> str:
    """The text without what could name a person: phones, mails, names, addresses, accounts, links,
    and every number of five digits and more. `known`: numbers that are masked wherever they stand.
    Full width becomes usual width; invisible characters and all but one of several spaces go.
    Never fails for what a text says."""
    plain = _CONTROLS.sub("", unicodedata.normalize("NFKC", text))
    plain = _WIDE.sub(lambda found: "\n" if "\n" in found.group() else " ", plain)
    for number in sorted({n for n in known if n and len(n) > 2}, key=len, reverse=True):
        plain = re.sub(re.escape(unicodedata.normalize("NFKC", number)), MASK, plain, flags=re.I)
    plain = _LINK.sub(MASK, mask_text(plain))
    for pattern in (_ADDRESS, _HANDLE, _CALLED, _MENTIONED, _ENGLISH):
        plain = pattern.sub(rf"\g<says>{MASK}", plain)
    for pattern in (_AT, _PLACE, _ROAD, _HOME, _STREET, _TITLED, _RECEIVES, _SPOKEN, _DIGITS_APART):
        plain = pattern.sub(MASK, plain)
    return _REST.sub(MASK, _NUMBER.sub(_without_numbers, plain))


def _without_numbers(found: re.Match[str]) -> str:
    digits = sum(character.isdigit() for character in found.group())
    return MASK if digits >= 5 else found.group()
