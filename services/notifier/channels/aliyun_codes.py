"""What the error codes of Aliyun SMS ask of us. Called by aliyun_sms with a refused answer."""

from __future__ import annotations

from datetime import UTC, datetime

from services.notifier.channels.codes import ACCOUNT, BUSY, FINAL, Meaning

DAY_S = 86_400.0
# The same signed request reached the provider twice, so somebody on the way repeated it:
# what became of the first one is not said.
REPEATED = frozenset({"SignatureNonceUsed"})

_OF_ACCOUNT = frozenset(
    {
        "isv.OUT_OF_SERVICE",
        "isv.AMOUNT_NOT_ENOUGH",
        "isv.PRODUCT_UN_SUBSCRIPT",
        "isv.PRODUCT_UNSUBSCRIBE",
        "isv.ACCOUNT_NOT_EXISTS",
        "isv.ACCOUNT_ABNORMAL",
        "isv.DENY_IP_RANGE",
        "isv.DAY_LIMIT_CONTROL",
        "isv.MONTH_LIMIT_CONTROL",
        "isv.SMS_SIGNATURE_ILLEGAL",
        "isv.SMS_SIGN_ILLEGAL",
        "isv.SMS_SIGNATURE_SCENE_ILLEGAL",
        "isp.RAM_PERMISSION_DENY",
        "isv.RAM_PERMISSION_DENY",
        "SignatureDoesNotMatch",
        "IncompleteSignature",
        "MissingAccessKeyId",
        "InvalidTimeStamp.Expired",
        "InvalidTimeStamp.Format",
        "IllegalTimestamp",
        "NoPermission",
        "InvalidVersion",
        "InvalidAction.NotFound",
    }
)
_ACCOUNT_FAMILIES = ("InvalidAccessKeyId", "Forbidden", "InvalidSecurityToken")
_BUSY_FAMILIES = ("Throttling", "ServiceUnavailable", "InternalError", "isp.")


def meaning_of(code: str, words: str, now: datetime) -> Meaning:
    """The meaning of a code other than OK. Unlisted `isv.` codes blame the message: final."""
    if code == "isv.BUSINESS_LIMIT_CONTROL":
        return _phone_limit(words, now)
    if code in _OF_ACCOUNT or code.startswith(_ACCOUNT_FAMILIES):
        return ACCOUNT
    if code.startswith(_BUSY_FAMILIES):
        return BUSY
    return FINAL


def _phone_limit(words: str, now: datetime) -> Meaning:
    """Too many to one phone. Minute and hour are windows of the clock at UTC+8, which turn
    with those of UTC; the day rolls, so that the first free moment lies within 24 hours."""
    moment = now.astimezone(UTC)
    seconds = moment.second + moment.microsecond / 1_000_000
    if "分钟" in words or "inute" in words:
        wait_s = 60.0 - seconds
    elif "小时" in words or "our" in words:
        wait_s = 3600.0 - moment.minute * 60 - seconds
    elif "天" in words or "day" in words.lower():
        wait_s = DAY_S
    else:
        return Meaning(retryable=True)
    return Meaning(retryable=True, retry_after_s=wait_s)
