"""What Aliyun SMS finds wrong with a SendSms, in its own codes and words. Pure; called by the
SMS stand-in before it counts and accepts."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from devstack.standins.accounts import Accounts, SmsTemplate, TemplateKind
from devstack.standins.counter import Verdict
from devstack.standins.limits import SmsQuota, Window

PHONES_MAX = 1000
USUAL_ERROR = "isp.SYSTEM_ERROR"
_PHONE = re.compile(r"1\d{10}|[2-9]\d{7,14}")
_PREFIX = re.compile(r"^(?:\+|00)?86(?=1\d{10}$)|^(?:\+|00)")
_VARIABLE = re.compile(r"\$\{(\w+)\}")
LIMIT_WORDS: Mapping[Window, str] = {
    "minute": "触发分钟级流控Permits:{}",
    "hour": "触发小时级流控Permits:{}",
    "day": "触发天级流控Permits:{}",
}


class RefusalError(Exception):
    """The request is refused with `code` and `words`."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(code)
        self.code = code
        self.words = words


@dataclass(frozen=True, slots=True)
class Submission:
    """A SendSms that is in order. `text` is empty if the template's wording is not known."""

    phones: tuple[str, ...] = field(repr=False)
    sign: str
    template_code: str
    template: SmsTemplate
    params: dict[str, str] = field(repr=False)
    out_id: str
    text: str = field(repr=False)

    @property
    def parts(self) -> int:
        """SMS that are billed for one phone."""
        units = len(f"【{self.sign}】{self.text}".encode("utf-16-le", errors="replace")) // 2
        return 1 if units <= 70 else math.ceil(units / 67)


def submission(params: Mapping[str, str], accounts: Accounts) -> Submission:
    """The request, checked in the provider's order. Raises RefusalError."""
    for name in ("PhoneNumbers", "SignName", "TemplateCode"):
        if not params.get(name):
            raise RefusalError(f"Missing{name}", f"{name} is mandatory for this action.")
    sign, code = params["SignName"], params["TemplateCode"]
    phones = tuple(national(each) for each in params["PhoneNumbers"].split(","))
    if len(phones) > PHONES_MAX:
        raise RefusalError("isv.MOBILE_COUNT_OVER_LIMIT", "手机号码数量超过限制")
    for phone in phones:
        if not _PHONE.fullmatch(phone):
            raise RefusalError("isv.MOBILE_NUMBER_ILLEGAL", f"{phone}invalid mobile number")
    if accounts.sign_names and sign not in accounts.sign_names:
        raise RefusalError("isv.SMS_SIGNATURE_ILLEGAL", "该账号下找不到对应签名")
    if accounts.templates and code not in accounts.templates:
        raise RefusalError("isv.SMS_TEMPLATE_ILLEGAL", "该账号下找不到对应模板")
    template = accounts.templates.get(code, SmsTemplate())
    values = _params(params.get("TemplateParam", ""))
    return Submission(
        phones=phones,
        sign=sign,
        template_code=code,
        template=template,
        params=values,
        out_id=params.get("OutId", ""),
        text=_rendered(template, values),
    )


def unread(params: Mapping[str, str]) -> Submission:
    """A request that is not in order, as far as it can be read: for the record alone."""
    return Submission(
        phones=tuple(national(each) for each in params.get("PhoneNumbers", "").split(",")),
        sign=params.get("SignName", ""),
        template_code=params.get("TemplateCode", ""),
        template=SmsTemplate(),
        params={},
        out_id=params.get("OutId", ""),
        text="",
    )


def refusal(code: str, words: str, number: int, status: int = 200) -> Verdict:
    """The answer to a refused request."""
    payload = {"Message": words or code, "RequestId": request_id(number), "Code": code}
    return Verdict(False, code, payload, status=status)


def request_id(number: int) -> str:
    """The provider's id of a request."""
    return f"{number:08X}-0000-4000-8000-{number:012X}"


def permits(quota: SmsQuota, kind: TemplateKind, window: Window) -> int:
    """The limit that a refusal names."""
    if kind == "notice":
        return quota.notice_per_day
    limits = {"minute": quota.code_per_minute, "hour": quota.code_per_hour}
    return limits.get(window, quota.code_per_day)


def national(phone: str) -> str:
    """A number without +, 00 and China's code."""
    return _PREFIX.sub("", phone.strip())


def _params(text: str) -> dict[str, str]:
    if not text:
        return {}
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RefusalError("isv.INVALID_JSON_PARAM", "参数格式错误，请修改为字符串值") from error
    if not isinstance(values, dict) or not all(isinstance(each, str) for each in values.values()):
        raise RefusalError("isv.INVALID_JSON_PARAM", "参数格式错误，请修改为字符串值")
    return values


def _rendered(template: SmsTemplate, values: Mapping[str, str]) -> str:
    missing = [name for name in _VARIABLE.findall(template.text) if name not in values]
    if missing:
        raise RefusalError("isv.TEMPLATE_MISSING_PARAMETERS", f"模板变量缺少参数:{missing[0]}")
    return _VARIABLE.sub(lambda found: values[found[1]], template.text)
