"""Leaves out what a text says to the machine that reads it: nobody's complaint is in there.

Nothing here is obeyed anyway; but such sentences name classes, levels and dangers, and those words
must not count. Called by `reader`, on text in the lexicon's normal form.
"""

from __future__ import annotations

import re

_ANSWERS = "class|level|emotion|route|priority|subtype|nature|等级|级别|分类|类别|情绪|优先级|路由"
_VALUES = "l[0-3]\\b|[一二三]级|紧急组|最高优先|机器人处理|人工分诊"
_NAMES = (
    "product_mismatch|logistics|usage|service_attitude|special|商品不符|物流异常|使用问题|服务态度"
    "|其他特殊|calm|annoyed|angry|平静|不满|愤怒|bot\\b|urgent|routine|supervisor|human_triage"
    "|high|low|最高|最低|紧急|常规|争议"
)
_WHOLE = (
    # take back what was said to it, or tell it how to answer: nothing in such a sentence counts
    (
        "(?:忽略|无视|不要理会|不用管|忘记|ignore|disregard|forget|override)[^\\n]{0,14}"
        "(?:以上|上面|之前|前面|所有|全部|previous|above|prior|earlier|all)[^\\n]{0,14}"
        "(?:内容|规则|指令|提示|文字|设定|rules?|instructions?|prompts?)"
    ),
    f"(?:系统|system)\\s*(?:提示|prompt|message)?\\s*:[^\\n]{{0,12}}(?:{_ANSWERS}|classify)",
    "(?:凡|任何)[^\\n]{0,8}(?:包含|含有)[^\\n]{0,4}(?:本句|此句|这句|本消息)",
    "(?:请|必须|只能|直接)?(?:输出|output)\\s*(?:exactly\\s*)?:",
    "打标签|labels?\\s+for\\s+testing|test\\s+labels?",
    "</?(?:admin|system|assistant|developer|instructions?)>",
)
_PART = (
    # an answer and what it is to be: only that part of the sentence
    f'(?:{_ANSWERS})"?\\s*(?:设为|设成|定为|改为|标为|判为|为\\s*[a-z"]|to\\s+l?\\d)',
    f'(?:{_ANSWERS})"?\\s*[:=]\\s*"?(?:{_VALUES}|{_NAMES})',
    '(?:safety|threat|危险|威胁|安全)"?\\s*[:=]\\s*"?(?:true|false|是|否)',
    f"(?:设为|定为|设成|标为|标记为|归为|判为|一律转|直接转)\\s*(?:{_VALUES})",
    f"(?:set|raise|lower|change)\\s+(?:the\\s+)?(?:{_ANSWERS})\\b",
    (
        "(?:class|emotion|route)\\s+(?:product_mismatch|logistics|usage|service_attitude|special"
        "|calm|annoyed|angry|bot)\\b"
    ),
    "(?:classify|mark|label|tag|treat|route)\\s+this\\s+(?:message|ticket|text|complaint)",
    (
        "(?:把|将)(?:这|本|此)(?:条|张|个)?(?:消息|工单|文本|留言)[^\\n]{0,8}"
        "(?:设|定|标|归|判|分)(?:为|成|类)"
    ),
)
_FOR_MACHINES = re.compile("|".join(_WHOLE))
_PART_FOR_MACHINES = re.compile("|".join(_PART))
_SENTENCE = re.compile(r"(?:[^。！？!?；;.\n]|\.(?=[a-z0-9]))+[。！？!?；;.]*\n?|[。！？!?；;.\n]+")
_CLAUSE = re.compile(r".+?(?:[,，、]|(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])|$)\n?", re.DOTALL)


def without_orders(text: str) -> str:
    """The text without what is meant for a machine; the rest as if that had never stood there.

    A danger told beside it, in a part of its own, stays.
    """
    if not (_FOR_MACHINES.search(text) or _PART_FOR_MACHINES.search(text)):
        return text
    kept = ""
    for sentence in _SENTENCE.findall(text):
        if _FOR_MACHINES.search(sentence):
            kept = kept.removesuffix("\n")
        elif _PART_FOR_MACHINES.search(sentence):
            clauses = [c for c in _CLAUSE.findall(sentence) if not _PART_FOR_MACHINES.search(c)]
            kept = kept.removesuffix("\n") + "".join(clauses)
        else:
            kept += sentence
    return kept
