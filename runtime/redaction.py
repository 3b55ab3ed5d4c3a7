"""Masks personal data in free text and log fields: phones, id numbers, e-mails, house numbers,
names that somebody gives as theirs.

Intake masks what customers write before it travels; logs pass through it as a second net.
"""

from __future__ import annotations

import re

_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,253}\.[A-Za-z]{2,24}")
_ID_CARD = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{5}(?:18|19|20)\d{9}[0-9Xx](?![0-9A-Za-z])")
_BANK_CARD = re.compile(r"(?<!\d)\d{4}(?:[ -]?\d{4}){2,3}[ -]?\d{1,7}(?!\d)")
_MOBILE = re.compile(r"(?<![0-9A-Za-z])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?![0-9A-Za-z])")
_PHONE = re.compile(r"(?<![0-9A-Za-z])(?:\+\d{1,3}[ -]?)?\(?\d{3,4}\)?[ -]\d{3,4}[ -]?\d{4}(?!\d)")
_UNIT = re.compile(
    r"\d{1,5}\s*(?:号楼|号院|栋|幢|单元|弄|座)\s*(?:[0-9一二三四五六七八九十]{1,4}\s*(?:单元|号楼|栋|门|楼|层)\s*)?"
    r"(?:\d{2,5}\s*(?:室|号|房|户)?)?"
)
_ROOM = re.compile(r"\d{2,5}\s*(?:室|房间|门牌)")
_STREET = re.compile(
    r"\b\d{1,6}\s+(?:[A-Z][a-z]+\s){1,3}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr)\b\.?"
)
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚"
    "卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤傅温康"
)
_INTRODUCED = re.compile(
    r"(?P<says>(?:我叫|姓名|名字|收[件货]人|联系人|本人)[叫是为]?[:：\s]*)"
    rf"(?:欧阳|上官|司马|诸葛|[{_SURNAMES}])[\u4e00-\u9fff]{{1,2}}"
    r"(?=[^\u4e00-\u9fff]|$|的|电话|手机|地址)"
)
"""A whole name and nothing behind it: words that happen to begin like one stay readable."""
_NAMED = re.compile(r"(?P<says>\b[Mm]y name is\s+)[A-Z][a-z]+(?:\s[A-Z][a-z]+){0,2}\b")

_HINT = re.compile(r"[\d@]|我叫|[姓名][名字]|[件货系]人|本人|name is")
"""Each pattern above asks for one of these: most texts hold none."""


def mask_text(text: str) -> str:
    """The text with personal data replaced by stars; unchanged when nothing was found.

    A mobile number keeps its first three and last two digits (at least six are hidden).
    """
    if _HINT.search(text) is None:
        return text
    text = _EMAIL.sub("***@***", text)
    text = _ID_CARD.sub("******", text)
    text = _MOBILE.sub(_mask_phone, text)
    text = _BANK_CARD.sub("******", text)
    text = _PHONE.sub("******", text)
    text = _UNIT.sub("***", text)
    text = _ROOM.sub("***", text)
    text = _STREET.sub("***", text)
    return _NAMED.sub(r"\g<says>***", _INTRODUCED.sub(r"\g<says>***", text))


def _mask_phone(match: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", match.group())[-11:]
    return f"{digits[:3]}******{digits[-2:]}"
