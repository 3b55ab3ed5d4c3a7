"""Aliyun SMS: what is asked, and what each answer means."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest

from services.notifier.channels.aliyun_answers import (
    Details,
    best_of,
    judge_send,
    provider_time,
    read_details,
)
from services.notifier.channels.aliyun_signature import AccessKey
from services.notifier.channels.aliyun_sms import SmsAccount, query_request, send_request
from services.notifier.channels.channel import Outgoing
from services.notifier.channels.outcome import (
    Accepted,
    Delivered,
    Failed,
    NotFound,
    Pending,
    Receipt,
    Rejected,
    Unanswered,
    Unknown,
)
from services.notifier.channels.sms_text import billed_parts, wire_phone
from services.notifier.channels.wire import Answer

NOW = datetime(2026, 1, 4, 9, 15, 30, 500_000, tzinfo=UTC)
ACCOUNT = SmsAccount(
    base_url="http://127.0.0.1:9999/", key=AccessKey("key-id", "key-secret"), sign_name="好店"
)
SMS = Outgoing(
    out_id="n-1",
    recipient="+8613800000000",
    template_code="SMS_1",
    template_params={"name": "小明"},
)


def answered(status: int = 200, retry_after_s: float | None = None, **fields: object) -> Answer:
    return Answer(status=status, fields=fields, retry_after_s=retry_after_s)


def test_send_sms_names_phone_signature_template_and_our_id() -> None:
    request = send_request(SMS, ACCOUNT, now=NOW, nonce="n")
    params = dict(parse_qsl(urlsplit(request.url).query))
    assert json.loads(params.pop("TemplateParam")) == {"name": "小明"}
    assert params == {
        "OutId": "n-1",
        "PhoneNumbers": "13800000000",
        "SignName": "好店",
        "TemplateCode": "SMS_1",
    }
    assert request.method == "POST"
    assert request.url.startswith("http://127.0.0.1:9999/?")
    assert request.headers["x-acs-action"] == "SendSms"
    assert request.headers["x-acs-version"] == "2017-05-25"


def test_a_query_names_the_day_in_china_and_the_page() -> None:
    day = date(2026, 1, 5)
    request = query_request("13800000000", day, 3, ACCOUNT, now=NOW, nonce="n")
    params = dict(parse_qsl(urlsplit(request.url).query))
    assert params == {
        "CurrentPage": "3",
        "PageSize": "50",
        "PhoneNumber": "13800000000",
        "SendDate": "20260105",
    }


def test_ok_is_accepted_with_its_id() -> None:
    answer = answered(Code="OK", BizId="900619746936498440^0")
    assert judge_send(answer, NOW) == Accepted("900619746936498440^0")


def test_an_odd_id_is_left_out_rather_than_carried_on() -> None:
    assert judge_send(answered(Code="OK", BizId="a b\n"), NOW) == Accepted(None)


@pytest.mark.parametrize(
    ("code", "retryable", "of_provider"),
    [
        ("isv.MOBILE_NUMBER_ILLEGAL", False, False),
        ("isv.TEMPLATE_MISSING_PARAMETERS", False, False),
        ("isv.SMS_TEMPLATE_ILLEGAL", False, False),
        ("isv.BLACK_KEY_CONTROL_LIMIT", False, False),
        ("isv.A_CODE_OF_TOMORROW", False, False),
        ("isv.SMS_SIGNATURE_ILLEGAL", False, True),
        ("isv.AMOUNT_NOT_ENOUGH", False, True),
        ("isv.OUT_OF_SERVICE", False, True),
        ("isp.RAM_PERMISSION_DENY", False, True),
        ("SignatureDoesNotMatch", False, True),
        ("InvalidAccessKeyId.NotFound", False, True),
        ("InvalidTimeStamp.Expired", False, True),
        ("isp.SYSTEM_ERROR", True, True),
        ("Throttling", True, True),
        ("Throttling.User", True, True),
        ("isv.BUSINESS_LIMIT_CONTROL", True, False),
    ],
)
def test_error_codes_inside_a_200(code: str, retryable: bool, of_provider: bool) -> None:
    verdict = judge_send(answered(Code=code, Message="no"), NOW)
    assert verdict == Rejected(code, "no", retryable, None, of_provider)


@pytest.mark.parametrize(
    ("words", "retry_after_s"),
    [
        ("触发分钟级流控Permits:1", 29.5),
        ("触发小时级流控Permits:5", 44 * 60 + 29.5),
        ("触发天级流控Permits:10", 86_400.0),
        ("limited", None),
    ],
)
def test_a_full_window_says_when_it_opens(words: str, retry_after_s: float | None) -> None:
    verdict = judge_send(answered(Code="isv.BUSINESS_LIMIT_CONTROL", Message=words), NOW)
    assert isinstance(verdict, Rejected)
    assert verdict.retryable
    assert verdict.retry_after_s == retry_after_s


def test_a_delay_that_the_provider_names_wins() -> None:
    answer = answered(429, retry_after_s=7.0, Code="Throttling.User", Message="slow down")
    assert judge_send(answer, NOW) == Rejected("Throttling.User", "slow down", True, 7.0, True)


def test_phone_numbers_in_a_reason_are_taken_out() -> None:
    answer = answered(Code="isv.MOBILE_NUMBER_ILLEGAL", Message="13812345678invalid mobile number")
    verdict = judge_send(answer, NOW)
    assert isinstance(verdict, Rejected)
    assert verdict.reason == "…invalid mobile number"


def test_a_used_nonce_means_that_a_twin_arrived_before() -> None:
    verdict = judge_send(answered(400, Code="SignatureNonceUsed"), NOW)
    assert verdict == Unknown("SignatureNonceUsed")


@pytest.mark.parametrize("fields", [{}, {"Code": ""}, {"Code": None}, {"Code": ["OK"]}])
def test_a_200_without_a_code_is_unknown(fields: dict[str, object]) -> None:
    assert isinstance(judge_send(Answer(200, fields), NOW), Unknown)


@pytest.mark.parametrize("fields", [{}, {"Code": "OK"}])
def test_a_4xx_is_never_accepted(fields: dict[str, object]) -> None:
    verdict = judge_send(Answer(403, fields), NOW)
    assert isinstance(verdict, Rejected)
    assert (verdict.code, verdict.of_provider) == ("http_403", True)


def details_of(*rows: dict[str, object], total: object = None) -> Details | Unanswered:
    count = str(len(rows)) if total is None else total
    listing = {"SmsSendDetailDTO": list(rows)}
    return read_details(answered(Code="OK", TotalCount=count, SmsSendDetailDTOs=listing))


@pytest.mark.parametrize(
    ("row", "receipt"),
    [
        ({"SendStatus": 1}, Pending()),
        ({"SendStatus": "1"}, Pending()),
        ({"SendStatus": 2, "ErrCode": "MOBILE_IN_ARREARS"}, Failed("MOBILE_IN_ARREARS")),
        ({"SendStatus": 2}, Failed("unknown")),
        (
            {"SendStatus": 3, "ReceiveDate": "2026-01-04 17:15:31"},
            Delivered(datetime(2026, 1, 4, 9, 15, 31, tzinfo=UTC)),
        ),
    ],
)
def test_the_state_of_a_message(row: dict[str, object], receipt: Receipt) -> None:
    details = details_of(row | {"OutId": "n-1"})
    assert isinstance(details, Details)
    assert [(each.out_id, each.receipt) for each in details.rows] == [("n-1", receipt)]


def test_no_messages_is_an_empty_page() -> None:
    assert details_of() == Details(rows=(), total=0)
    assert read_details(answered(Code="OK", TotalCount=0)) == Details(rows=(), total=0)


@pytest.mark.parametrize(
    "answer",
    [
        answered(),
        answered(Code="OK"),
        answered(Code="OK", TotalCount="2"),
        answered(Code="OK", TotalCount="1", SmsSendDetailDTOs={"SmsSendDetailDTO": "x"}),
        answered(Code="OK", TotalCount="1", SmsSendDetailDTOs={"SmsSendDetailDTO": [7]}),
        answered(
            Code="OK", TotalCount="1", SmsSendDetailDTOs={"SmsSendDetailDTO": [{"SendStatus": 9}]}
        ),
        answered(Code="isp.SYSTEM_ERROR"),
        answered(400, Code="OK", TotalCount="0"),
        Rejected("local.not_connected", "refused", True),
        Unknown("timeout"),
    ],
)
def test_a_broken_answer_never_reads_as_not_found(answer: Answer | Rejected | Unknown) -> None:
    assert isinstance(read_details(answer), Unanswered)


def test_of_several_messages_under_one_id_the_best_counts() -> None:
    failed, pending, delivered = Failed("x"), Pending(), Delivered()
    assert best_of([failed, pending, delivered]) == delivered
    assert best_of([failed, pending]) == pending
    assert best_of([failed]) == failed
    assert best_of([]) == NotFound()


@pytest.mark.parametrize(
    ("written", "wire"),
    [
        ("13800000000", "13800000000"),
        ("+8613800000000", "13800000000"),
        ("008613800000000", "13800000000"),
        ("8613800000000", "13800000000"),
        ("+85251000000", "85251000000"),
        ("+8651000000", "8651000000"),
    ],
)
def test_phone_numbers_on_the_wire(written: str, wire: str) -> None:
    assert wire_phone(written) == wire


@pytest.mark.parametrize(
    ("length", "parts"), [(0, 1), (66, 1), (67, 2), (130, 2), (131, 3), (197, 3), (198, 4)]
)
def test_billed_parts_count_the_signature(length: int, parts: int) -> None:
    # 【好店】 takes four of the 70, or of the 67 in each part.
    assert billed_parts("字" * length, "好店") == parts


def test_emoji_count_twice() -> None:
    assert billed_parts("😀" * 33, "好店") == 1
    assert billed_parts("😀" * 34, "好店") == 2


@pytest.mark.parametrize("odd", ["", "yesterday", None, 7, "2026-13-01 00:00:00", "0001-01-01"])
def test_an_odd_time_is_no_time(odd: object) -> None:
    assert provider_time(odd) is None
