"""What Aliyun SMS finds wrong with a SendSms or SendBatchSms, in its own codes and words. Pure;
called by the SMS stand-in before it counts and accepts."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from devstack.standins.accounts import Accounts, SmsTemplate, TemplateKind
from devstack.standins.counter import Verdict
from devstack.standins.limits import SmsQuota, Window

PHONES_MAX = 1000
BULK_PHONES_MAX = 100
OUT_ID_MAX = 255
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
class Sms:
    """One message of a request. `text` is empty if the template's wording is not known."""

    phone: str = field(repr=False)
    sign: str
    params: dict[str, str] = field(repr=False)
    text: str = field(repr=False)

    @property
    def parts(self) -> int:
        """SMS that are billed."""
        units = len(f"【{self.sign}】{self.text}".encode("utf-16-le", errors="replace")) // 2
        return 1 if units <= 70 else math.ceil(units / 67)


@dataclass(frozen=True, slots=True)
class Submission:
    """A SendSms or SendBatchSms that is in order."""

    messages: tuple[Sms, ...] = field(repr=False)
    template_code: str
    template: SmsTemplate
    out_id: str


def submission(params: Mapping[str, str], accounts: Accounts) -> Submission:
    """A SendSms, checked in the provider's order. Raises RefusalError."""
    _complete(params, ("PhoneNumbers", "SignName", "TemplateCode"))
    phones = params["PhoneNumbers"].split(",")
    values = _params(params.get("TemplateParam", ""))
    signs, several = [params["SignName"]] * len(phones), [values] * len(phones)
    return _checked(params, accounts, phones, signs, several, PHONES_MAX)


def bulk_submission(params: Mapping[str, str], accounts: Accounts) -> Submission:
    """A SendBatchSms, checked likewise: whatever is wrong with one number refuses them all."""
    _complete(params, ("PhoneNumberJson", "SignNameJson", "TemplateCode"))
    phones = _texts(params["PhoneNumberJson"])
    signs = _texts(params["SignNameJson"])
    listed = params.get("TemplateParamJson", "")
    values = _dicts(listed) if listed else [{}] * len(phones)
    if not phones or not len(phones) == len(signs) == len(values):
        raise RefusalError("isv.INVALID_PARAMETERS", "参数异常")
    return _checked(params, accounts, phones, signs, values, BULK_PHONES_MAX)


def _complete(params: Mapping[str, str], names: Iterable[str]) -> None:
    for name in names:
        if not params.get(name):
            raise RefusalError(f"Missing{name}", f"{name} is mandatory for this action.")


def _checked(
    params: Mapping[str, str],
    accounts: Accounts,
    phones: Sequence[str],
    signs: Sequence[str],
    values: Sequence[dict[str, str]],
    most: int,
) -> Submission:
    code, out_id = params["TemplateCode"], params.get("OutId", "")
    if len(phones) > most:
        raise RefusalError("isv.MOBILE_COUNT_OVER_LIMIT", "手机号码数量超过限制")
    if len(out_id) > OUT_ID_MAX:
        raise RefusalError("isv.PARAM_LENGTH_LIMIT", "参数超出长度限制")
    numbers = [national(each) for each in phones]
    for number in numbers:
        if not _PHONE.fullmatch(number):
            raise RefusalError("isv.MOBILE_NUMBER_ILLEGAL", f"{number}invalid mobile number")
    if accounts.sign_names and not set(signs) <= set(accounts.sign_names):
        raise RefusalError("isv.SMS_SIGNATURE_ILLEGAL", "该账号下找不到对应签名")
    if accounts.templates and code not in accounts.templates:
        raise RefusalError("isv.SMS_TEMPLATE_ILLEGAL", "该账号下找不到对应模板")
    template = accounts.templates.get(code, SmsTemplate())
    messages = tuple(
        Sms(number, sign, value, _rendered(template, value))
        for number, sign, value in zip(numbers, signs, values, strict=True)
    )
    return Submission(messages, code, template, out_id)


def unread(params: Mapping[str, str]) -> Submission:
    """A request that is not in order, as far as it can be read: for the record alone."""
    try:
        phones = _texts(params["PhoneNumberJson"])
    except (KeyError, RefusalError):
        phones = params.get("PhoneNumbers", "").split(",")
    sign = params.get("SignName", "")
    return Submission(
        messages=tuple(Sms(national(each), sign, {}, "") for each in phones),
        template_code=params.get("TemplateCode", ""),
        template=SmsTemplate(),
        out_id=params.get("OutId", ""),
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
    values = _json(text) if text else {}
    if not _is_params(values):
        raise RefusalError("isv.INVALID_JSON_PARAM", "参数格式错误，请修改为字符串值")
    return values


def _dicts(text: str) -> list[dict[str, str]]:
    values = _json(text)
    if not isinstance(values, list) or not all(_is_params(each) for each in values):
        raise RefusalError("isv.INVALID_JSON_PARAM", "参数格式错误，请修改为字符串值")
    return values


def _texts(text: str) -> list[str]:
    values = _json(text)
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise RefusalError("isv.INVALID_PARAMETERS", "参数异常")
    return values


def _is_params(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RefusalError("isv.INVALID_JSON_PARAM", "参数格式错误，请修改为字符串值") from error


def _rendered(template: SmsTemplate, values: Mapping[str, str]) -> str:
    if not template.text:
        return ""
    missing = [name for name in _VARIABLE.findall(template.text) if name not in values]
    if missing:
        raise RefusalError("isv.TEMPLATE_MISSING_PARAMETERS", f"模板变量缺少参数:{missing[0]}")
    return _VARIABLE.sub(lambda found: values[found[1]], template.text)
