"""Leaves out what a text says to the machine that reads it: nobody's complaint is in there.

Nothing here is obeyed anyway; but such words name classes, levels and dangers, and those must not
count. Called by `reader`, on text in the lexicon's normal form.

Only the words of the order itself go: what stands beside them, in the same sentence or not even
parted by a comma, is read. So an order can't take a danger away. The patterns are made of closed
lists (verbs of deciding, our own names, what points at the message), hence a span holds no more.
"""

from __future__ import annotations

import re

_HAN = "\u4e00-\u9fff"
_END_OF_WORD = "(?![a-z\\d_])"
_HARD = (
    f"(?:l[0-3]|supervisor(?:_legal)?|calm|annoyed|angry|routine|legal|bot|level\\s+[0-3]){_END_OF_WORD}"
    "|第?[一二三]级(?!包装|能效|品|市|代理|压)|第[一二三]档|product_mismatch|service_attitude|human_triage"
    "|urgent组?|logistics类?|special类?|usage类?|紧急组|最高优先级?"
)
"""Names of our own answers that hardly stand behind a verb of deciding otherwise."""
_SOFT = (
    "机器人处理|人工分诊|平静|不满|愤怒|商品不符|物流异常|使用问题|服务态度|其他特殊|最高级?|最低级?|紧急|常规|普通"
    "|争议|(?:涉及|有|存在)?(?:人身)?(?:安全|危险)(?:隐患|事故|问题|事件|类)?|威胁"
    "|(?:high|low|critical|true|false|hazard(?:ous)?|danger(?:ous)?|threat|emergency"
    f"|(?:personal\\s+)?safety(?:\\s+(?:issue|risk|hazard|incident|case))?){_END_OF_WORD}"
)
_VALUE = f"(?:{_HARD}|{_SOFT})"
_VALUES = f"{_VALUE}(?:\\s*(?:[/、+]|and\\b|or\\b|和|且|并)\\s*{_VALUE})*"
_KEY_ZH = (
    "(?:(?:安全|危险|威胁|风险|紧急|优先|情绪|问题)?(?:等级|级别|分类|类别|类型|标志|标记|标签"
    "|标识|字段)|安全(?:隐患)?(?:标[志记签识])?|危险|威胁|情绪|诉求|优先级|路由|人身安全)"
)
_KEY_EN = (
    "(?:(?:class|emotion|route|priority|subtype|nature|safety|threat|tags?|flags?|category"
    "|severity|urgency|level|tier)(?:[ _](?:flag|tag|level|label|class))?+)"
)
_KEY = f"(?:{_KEY_ZH}|\\b{_KEY_EN})"
_THIS = (
    "(?:(?:(?:这|本|此|该|整|下面|以下|上面|以上|当前)的?(?:一?[条张个句段则封])?|(?<=[把将请给])[我它])"
    "(?:的?(?:消息|工单|文本|留言|投诉|内容|问题|反馈|情况|话|信息|客户|人))?)"
)
_URGING = (
    "(?:请(?:你|您|务必|直接|一定)?|必须|只能|只许|只|务必|直接|一律|都|应当?"
    "|(?<![服们家方人员他她])[把将]|需要)"
)
_MARK = (
    "(?:设(?:置|定)?[为成到]|定[为成级]为?|改[为成]|标[为成到]|标[记注识][为成]?|判(?:断|定)?[为成作]"
    "|归(?:类|入|为|到|进)+[为到成]?|分(?:类|级|配)?[为到成给]|算[作成]|视[为作]|当[作成]|划[为到入分]+"
    "|放[到进入在]|转[给到至交接]?|列[为入]|升[到级为]+|降[到级为]+|输出[为成]?|回[答复]|返回|打上?"
    "|评[为级定]+|认定[为成]?)"
)
_MINE = "[\"'“”「:：\\s]*"
_VERB = (
    "(?:set|raise|lower|change|put|mark|label|tag|flag|classify|categori[sz]e|treat|route|rate"
    "|grade|escalate|assign|answer|output|return|respond|reply|print|consider|choose|select|make"
    "|keep|send|forward|transfer)"
)
_PLAIN = (
    "(?!(?:escalate|send|forward|transfer|put)\\b[^,.\\n]{0,30}\\b(?:supervisor|legal)\\b"
    "|treat\\s+(?:this|it)\\s+as\\s+(?:an?\\s+)?(?:urgent|emergency))"
)
"""What customers ask of people."""
_THING = (
    "(?:\\s+(?:me|it|this|the|that|your|its|only|just|exactly|with|all|everything|message|ticket"
    f"|text|complaint|case|request|sentence|customer|user|of|for|(?:my\\s+)?{_KEY_EN})\\b)*+"
)
_INTO = "(?:\\s+(?:to|as|into|in|with|is|be)\\b|\\s*[:=]){0,3}\\s*"
_ARTICLE = f"(?:(?:an?|the|very|of|{_KEY_EN})\\s+)*"
_NOT_TOLD = (
    "(?=[a-z])(?<![a-z])(?<!\\bi )(?<!\\bwe )(?<!\\bhe )(?<!\\byou )(?<!\\bthey )(?<!\\bto )"
    "(?<!\\bis )(?<!\\bwas )(?<!\\bare )(?<!\\bwill )(?<!'ll )(?<!\\bcan )(?<!\\bnot )(?<!'t )"
)
_NOUN_ZH = "(?:内容|规则|指令|指示|提示词?|文字|文本|设定|要求|命令|信息|对话|消息)"
_NOUN_EN = "(?:rules?|instructions?|prompts?|guidelines?|directions?|commands?)"
_FORGET_ZH = (
    "(?:忽略|无视|不要理会|不用理会|不必理会|不用管|不要管|忘记|忘掉|别管|抛开|跳过)(?!了|过)"
)
_WHAT_ZH = (
    "(?:以上|上面|之前|前面|先前|此前|所有|全部|一切|任何|原有|其他"
    "|系统|安全|你|您|我|收到|给出|说|写|发|的|过|和|与)"
)
_WHAT_EN = (
    "(?:all|any|every|the|of|your|these|those|other|previous|above|prior|earlier|preceding"
    "|former|existing|original|initial|system|safety|and|that|written|given|said)"
)
_WHO = "(?:客户|用户|顾客|买家|消费者)"
_WHO_EN = "(?:customer|user|buyer|client|sender)"
_FIRST = "我|咱|俺|孩子|儿子|女儿|老人|老公|老婆|[吗呢谁]|怎么|为什么|\\?"
_ITEM = (
    f"(?:(?![^,、\\s]{{0,3}}[我了他她你把被])[{_HAN}]{{1,4}}(?![{_HAN}])"
    "|(?!(?:the|my|i|it|we|our|he|she|a|me)\\b)[a-z-]+(?:\\s(?:shock|fire|leakage|injury))?"
    "(?=\\s*(?:[,.;/、。!)(]|$|and\\b)))"
)
_LIST = (
    "(?:关键词|提示词|(?:测试|示例|样例)(?:用例|标签|词语?|关键词)|\\b(?:example|test|sample)\\s+(?:labels?|tags?"
    "|words?|cases?)(?:\\s+for\\s+testing)?|\\blabels?\\s+for\\s+testing"
    "|标签(?=:[^,。\\n]{0,40}(?:测试|示例))|\\b(?:labels|tags)(?=:[^.\\n]{0,40}\\((?:test|example)))"
)
_ORDERS = (
    # a list of labels to be learnt from, with its short items
    (
        f"{_LIST}\\s*:\\s*{_ITEM}(?:\\s*(?:[,、/;]|和|and\\b)?\\s*{_ITEM})*"
        "(?:\\s*\\((?:测试|示例|test|example)\\))?"
    ),
    # take back what was said to it
    f"(?:(?<![{_HAN}])|(?<=[请须先并在了要]))(?:你|您)?{_FORGET_ZH}{_WHAT_ZH}{{1,8}}{_NOUN_ZH}",
    f"{_NOT_TOLD}\\b(?:ignore|disregard|forget|override)\\b(?:\\s+{_WHAT_EN}\\b)+\\s+{_NOUN_EN}\\b",
    (
        f"{_NOT_TOLD}\\b(?:ignore|disregard|forget)\\s+(?:everything|all|anything)\\s+"
        "(?:(?:of\\s+)?the\\s+)?(?:above|before|previous|prior)\\b"
    ),
    # an answer and what it is to be
    f'{_KEY}["”]?(?:{_MARK}|应?[为是]|\\s*[:=]){{1,3}}{_MINE}(?:{_VALUES}|to\\b\\s*l\\d)(?!\\s*[:=]|的|吗)',
    f'{_KEY}["”]?\\s*[:=]\\s*["“]?(?:[是否真假]|[有无高低01](?![{_HAN}\\d%]))',
    f"\\b{_KEY_EN}\\s+(?:is\\s+)?(?:{_HARD}|true\\b|false\\b)",
    f"\\b(?:{_KEY_EN}|hazard|danger)\\s*[:=]\\s*[\"']?(?:yes|no|1|0)(?![a-z\\d_%.])",
    "\\bthreat\\s*[:=]\\s*(?:court|regulator|media|police|platform|none)\\b",
    f"当[作成]{_WHO}[^,。;\\s]{{1,6}}处理",
    f"\\b[a-z_]{{2,20}}\\s*=\\s*[\"']?(?:{_HARD}|true\\b|false\\b|hazard\\b|danger\\b|high\\b|low\\b)",
    (
        f"{_KEY_ZH}(?:设置?|置|打开|开启|关闭|关掉|勾上|拉满|调高|调低|调到最[高低])"
        "(?:[为成]?[真假开关是否])?"
    ),
    # decide, mark, put out
    f"{_MARK}{_MINE}(?:属于|涉及)?(?:{_HARD})(?:级|类|档|组)?",
    f"(?:{_URGING}(?:把|将)?{_THIS}?|(?<![{_HAN}]){_THIS}?){_MARK}{_MINE}(?:{_VALUES})",
    f"(?:属于|算是|就是|应该是|应为)\\s*(?:{_HARD})",
    f"{_NOT_TOLD}{_PLAIN}{_VERB}\\b{_THING}{_INTO}[\"']?{_ARTICLE}{_VALUES}",
    "(?:凡|任何|所有)是?(?:包含|含有|带有?)(?:有|了)?(?:本句|此句|这句话?|本消息|本条)的?(?:消息|工单|文本)?",
    (
        "\\b(?:every|any|all)\\s+(?:message|ticket|text)s?\\s+(?:with|containing|that\\s+(?:has|contains?))"
        "\\s+this\\s+(?:sentence|line|text)(?:\\s+(?:is|are|must\\s+be|goes?\\s+to))?"
        f"(?:\\s+{_VALUES})?"
    ),
    # what it should say or believe of a customer
    (
        f"(?:请|只|直接|必须|你){{1,4}}(?:回答|回复|输出|返回|说)\\s*:(?![^,。;\\s]*(?:{_FIRST}))[^,。;!\\s]{{0,8}}"
        f"{_WHO}[^,。;!\\s]{{0,8}}"
    ),
    (
        f"(?:假装|假设|假定|想象|设想)(?:有?一?[个位名])?(?:这[个位名])?{_WHO}(?![^,。;\\n]*(?:{_FIRST}))"
        "[^,。;!\\s]{0,10}"
    ),
    (
        f"{_NOT_TOLD}\\b(?:pretend|assume|imagine|suppose|say)\\s+(?:that\\s+)?(?:the|this|a|our)\\s+"
        f"{_WHO_EN}(?:\\s+(?!(?:the|my|i|it|we|our|he|she|and|but|because|where|how|what|when|why)\\b)"
        "[a-z]+){1,5}"
    ),
    (
        "(?:例如|比如|譬如|举例|示例|例(?=:))[:,]?(?![^,。\\n]*(?:我|咱|孩子|老人))[^,。;\\n]{1,16}?"
        "(?:属于|算作?|归为|归|判为|标为|[是为=])\\s*(?:l[0-3]\\b|[一二三]级)"
    ),
    (
        "(?:e\\.?g\\.?|for example|example)[:,]?\\s+(?:(?!(?:my|i|we|our|me)\\b)[a-z]+\\s+){1,5}"
        "(?:is|are|means|counts as|=)\\s*(?:level\\s+)?l[0-3]\\b"
    ),
    # what it is, whom it hears, that all is a test
    (
        "(?<![\u4e00-\u9fff])你(?:现在)?(?:是|扮演)(?:一个|一名)?(?:智能)?(?:客服|分类|工单)?"
        "(?:机器人|助手|ai|系统|模型|分类器)(?![吗吧嘛么呀啊?]|还是)"
    ),
    (
        "\\b(?:you are|you're|act as)\\s+(?:now\\s+)?(?:an?|the)\\s+(?:\\w+\\s+)?"
        "(?:bot|chatbot|assistant|classifier|model|ai)\\b(?!\\?)"
    ),
    "(?<![\u4e00-\u9fff])(?:机器人|系统|ai|助手|模型|分类器)(?:请注意|注意|听好|请听|听着|请执行)",
    "(?<![a-z] )\\b(?:attention|dear|hey|hello)\\s+(?:bot|robot|ai|assistant|system|classifier)\\b",
    (
        "(?:以[上下]|这条?|本条|此条)(?:内容|消息|文本|工单)?(?:都|仅|只)?是(?:一条|一个|一段)?"
        "(?:测试|示例|模拟|虚构)的?(?:数据|文本|消息|用例|内容|工单|文字)"
    ),
    (
        "\\b(?:this|the following|the above|below|above|everything)\\s+(?:(?:message"
        "|text|ticket)\\s+)?"
        "(?:is|are)\\s+(?:only\\s+|just\\s+)?(?:an?\\s+)?(?:test|sample|example|dummy|fake)\\s+"
        "(?:data|message|text|ticket|case|input)\\b"
    ),
    "</?(?:admin|system|assistant|developer|instructions?|user|prompt)>",
)
_TAILS = (
    # only beside an order: how to go about it
    "(?:也?无[需须]|不[需用必]要?|不要)(?:核对|审核|检查|复核|确认|核实|解释|人工(?:审核|处理)?|其他(?:内容|文字))",
    "(?:都)?(?:并?不是|并非)(?:一?[条个])?真[实正]的?(?:投诉|客户|反馈|消息|工单|情况)",
    (
        "(?:请)?按照?(?:常规|普通|示例|此|以上|上述|规则|该|测试|l[0-3])(?:规则|示例|标准)?"
        "(?:来)?(?:处理|回答|打标签|分类|执行|输出)(?:即可|就行|就好)?"
    ),
    "这些(?:词语?|内容|字|标签|话)?(?:都|仅|只)?(?:只)?是(?:示例|例子|测试)",
    "(?:请)?(?:立即|马上|严格)?执行",
    (
        "demands?\\s*[:=]?\\s*(?:refund|return|exchange|repair|compensation)"
        "(?:\\s+and\\s+(?:refund|return|exchange|repair|compensation))*"
    ),
    "诉求\\s*[:=]\\s*(?:无|退款|退货|赔偿|换货)",
    (
        "(?:and\\s+)?(?:nothing else|no other (?:text|words)|do not explain|no explanation)"
        "|not\\s+(?:a\\s+)?real\\s+complaints?|it is not real|handle (?:it )?as (?:usual|normal)"
    ),
)
_GLUE = re.compile(
    "(?:[\\s\\W_]|请|把|将|的|并|且|和|与|为|类|这条?|然后|即可|就行|就好|现在|测试|示例|重要|消息|都|一律"
    "|(?:系统|管理员|开发者?)(?:提示|指令|消息|通知)?|(?:规则|指令|设定)更新|新(?:的)?(?:规则|指令|指示)"
    "|以下|直接|输出|回答|返回|只|你|务必|必须|给|打标签"
    "|(?:and|please|now|then|to|you|must|this|it|as|the|a|also|just|only|exactly|output|override"
    "|system|admin|developer|assistant|user|prompt|message|new|updated?|instructions?|rules?|test"
    "|example|examples|important|notice|note|instead|therefore|so|immediately|answer|reply"
    "|respond|with|level|class|classify|mark|urgent|json)(?![a-z]))*+"
)
"""What is left of an order when its words are taken out, and says nothing by itself."""
_ORDER = re.compile("|".join(_ORDERS))
_TAIL = re.compile("|".join(_TAILS))
_SENTENCE = re.compile(r"(?:[^。！？!?；;.\n]|\.(?=[a-z0-9]))+[。！？!?；;.]*\n?|[。！？!?；;.\n]+")
_PIECE = re.compile(r"[^,，]+[,，]*\s*|[,，]+\s*")
_TRIGGER = re.compile(
    "l[0-3](?![a-z\\d])|忽略|无视|理会|用管|要管|忘记|忘掉|别管|抛开|跳过|ignore|disregard|forget|override|等级|级别|分类|类别|类型"
    "|标志|标记|标签|标识|字段|安全|危险|威胁|情绪|诉求|优先|路由|一级|二级|三级|一档|二档|三档|product_|service_|supervisor"
    "|human_|urgent|logistics|special|usage|calm|annoyed|angry|routine|legal|bot\\b|紧急|最高|最低|机器人|人工分诊"
    "|平静|不满|愤怒|商品不符|物流异常|使用问题|服务态度|其他特殊|常规|普通|争议|high\\b|low\\b|critical|true\\b|false\\b"
    "|hazard|danger|threat|emergency|safety|class|emotion|route|priority|subtype|nature|tag|flag|category"
    "|severity|urgency|level|tier|用例|测试|关键词|提示词|当作|当成|示例|样例|label|this\\s|本句|此句|这句|本消息|本条"
    "|答:|复:|出:|回:|说:"
    ""
    "|假装|假设|假定|想象|设想"
    "|pretend|assume|imagine|suppose|say |assistant|模型|助手|模拟|虚构|注意|听好|请听|听着|请执行"
    "|attention|chatbot|ai\\b"
    "|你是|你现在是|扮演|test |sample |dummy |example |fake |</?[adisup]"
)
"""One of these is in every order; far from every text has one."""
_HEADING = re.compile(
    f"(?:{_URGING}|{_THIS}|的|{_KEY_ZH}|都|就|级别|等级){{1,9}}+\0|"
    "(?:系统|管理员|开发者?)?(?:提示|指令|规则|设定|通知|消息)?(?:更新)?\\s*:\\s*\0"
    "|\\b(?:(?:system|admin|developer|new|updated?)\\s+)?(?:system|override|instructions?|prompt|rules?"
    "|message|output(?:\\s+exactly)?|note|important)\\s*:\\s*\0|\\b(?:please|and|then|now)\\s+\0|\0\\s*[\"'”’)}}\\]]+"
)
_END = re.compile(r"[。！？!?；;.\n]+$")
_STOPS = " \t,，、:。！？!?；;.\n"
_COMMAS = " ,，、:"
_GONE = "\0"
"""Stands where an order stood."""


def without_orders(text: str) -> str:
    """The text without what is meant for a machine; the rest as if that had never stood there."""
    if not (_TRIGGER.search(text) and _ORDER.search(text)):
        return text
    kept, end = "", ""
    for sentence in _SENTENCE.findall(text):
        if not _ORDER.search(sentence):
            kept, end = f"{kept}{end}{sentence}", ""
        elif rest := _rest(sentence):
            kept, end = f"{kept}{end}{rest[0]}", rest[1]
        elif not end:
            kept = kept.removesuffix("\n")
    return kept.lstrip(_COMMAS)


def _rest(sentence: str) -> tuple[str, str] | None:
    """What the sentence says beside its orders; and its stop, where that followed an order."""
    marked = _HEADING.sub(_GONE, _TAIL.sub(_GONE, _ORDER.sub(_GONE, sentence)))
    pieces = _PIECE.findall(marked)
    rest = "".join([_told(piece) if _GONE in piece else piece for piece in pieces])
    rest = rest.lstrip(_COMMAS)
    if not rest.strip(_STOPS):
        return None
    end = _END.search(marked)
    if end and marked[: end.start()].rstrip().endswith(_GONE):
        return rest.removesuffix(end[0]).rstrip(_COMMAS), end[0]
    return (rest.rstrip(_COMMAS) if marked.endswith(_GONE) else rest), ""


def _told(piece: str) -> str:
    """What stands beside orders; without the words that only join or announce them."""
    return "".join([part for part in piece.split(_GONE) if not _GLUE.fullmatch(part)])
