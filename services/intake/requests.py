"""What shops may send: request bodies of the HTTP interface, with personal data in the clear.

Closed on purpose: a misspelt field is refused instead of being lost. `reception` makes commands
of them; the OpenAPI document shows them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from schemas.orders import OrderPlaced
from schemas.tickets import HumanRoute, Milestone, WaitCause
from schemas.values import (
    Channel,
    Contact,
    Count,
    Fen,
    Flag,
    FreeText,
    Instant,
    Label,
    Language,
    Level,
    ProblemClass,
    Ref,
)

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
SAID = "I opened the box and the lamp was broken. Call me: 138 1234 5678"


def _readable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("half of a surrogate pair is no character") from None
    return text


Text = Annotated[FreeText, AfterValidator(_readable)]


class Body(BaseModel):
    """Base of all request bodies."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ContactRequest(Body):
    """How to reach the customer, in the clear; sealed before anything is stored."""

    name: Label | None = Field(default=None, description="Recipient's name.", examples=["王小明"])
    phone: Annotated[str, StringConstraints(min_length=3, max_length=40)] | None = Field(
        default=None,
        description="Phone number; without a country code it is one of the policy's region.",
        examples=["+8613812345678"],
    )
    address: Annotated[Text, StringConstraints(min_length=1, max_length=500)] | None = Field(
        default=None, description="Delivery address.", examples=["浙江省杭州市西湖区一号 2 单元"]
    )
    region: Label | None = Field(
        default=None, description="Province or state, for routing.", examples=["浙江"]
    )


class _Said(Body):
    text: Text = Field(default="", max_length=20_000, description="What was written.")
    attachments: tuple[Sha256, ...] = Field(
        default=(), max_length=50, description="Hashes of files uploaded before."
    )

    @model_validator(mode="after")
    def _says_something(self) -> _Said:
        if not self.text.strip() and not self.attachments:
            raise ValueError("text or attachments must not be empty")
        return self


class TicketRequest(_Said):
    """A complaint. The same origin and external id again is the same complaint."""

    external_id: Ref = Field(
        description="The complaint's id in the system it came from.", examples=["CB-20260301-17"]
    )
    origin: Ref = Field(
        description="System it came from, e.g. an adapter's name.", examples=["shop_inbox"]
    )
    channel: Channel = Field(description="Platform or shop front.", examples=["douyin"])
    watched: Flag = Field(default=False, description="Came through a channel watched first.")
    opened_at: Instant | None = Field(
        default=None,
        description="When the customer complained; none: as it comes in.",
        examples=["2026-03-01T20:15:00+08:00"],
    )
    text: Text = Field(
        default="", max_length=20_000, description="What the customer wrote.", examples=[SAID]
    )
    language: Language | None = Field(default=None, description="None: the order's, else zh.")
    customer_id: Ref | None = Field(
        default=None, description="The shop's opaque reference.", examples=["C-1001"]
    )
    contact: ContactRequest = Field(
        default=ContactRequest(), description="None: the order's, for the same customer."
    )
    order_id: Ref | None = Field(default=None, description="Order.", examples=["O-77"])
    line_id: Ref | None = Field(default=None, description="Order line.", examples=["O-77-1"])
    opened_goods: Flag | None = Field(default=None, description="Goods were opened or used.")

    @model_validator(mode="after")
    def _line_of_an_order(self) -> TicketRequest:
        if self.line_id is not None and self.order_id is None:
            raise ValueError("line_id needs an order_id")
        return self


class MessageRequest(_Said):
    """The customer wrote again."""

    message_id: Ref = Field(
        description="Message, unique within the ticket; the same again has no second effect.",
        examples=["M-2"],
    )
    text: Text = Field(
        default="", max_length=20_000, description="What was written.", examples=["Any news?"]
    )
    sent_at: Instant | None = Field(
        default=None,
        description="When it was sent; none: as it comes in.",
        examples=["2026-03-01T20:40:00+08:00"],
    )


class ReplyRequest(Body):
    """Somebody, or the bot, answered; or left an internal note."""

    message_id: Ref = Field(description="Message, unique within the ticket.", examples=["M-3"])
    agent_id: Ref = Field(description="Who; `bot` for the bot.", examples=["agent-7"])
    human: Flag = Field(description="False when a machine wrote it.", examples=[True])
    visibility: Literal["customer", "internal"] = Field(
        default="customer", description="Internal notes never meet a reply clock."
    )
    text: Text = Field(
        default="",
        max_length=20_000,
        description="What was written.",
        examples=["We are sorry. A new lamp leaves today."],
    )
    milestones: tuple[Milestone, ...] = Field(
        default=(), max_length=10, description="Steps completed.", examples=[["solution_offered"]]
    )
    sent_at: Instant | None = Field(default=None, description="None: as it comes in.")


class CallRequest(Body):
    """An agent called the customer."""

    call_id: Ref = Field(description="Record in the telephone system.", examples=["call-991"])
    agent_id: Ref = Field(description="Who called.", examples=["agent-7"])
    started_at: Instant = Field(
        description="When the call began.", examples=["2026-03-01T20:20:00+08:00"]
    )
    duration_s: Count = Field(description="Length, seconds.", examples=[94])
    answered: Flag = Field(description="The customer picked up.", examples=[True])


class WaitRequest(Body):
    """Work waits for somebody else."""

    cause: WaitCause = Field(description="Whom or what it waits for.", examples=["customer"])
    agent_id: Ref = Field(description="Who says so.", examples=["agent-7"])
    since: Instant | None = Field(
        default=None, description="From when; not before the last wait ended. None: now."
    )


class ClassifyRequest(Body):
    """A person says what the ticket is; what is left out stays as it was."""

    agent_id: Ref = Field(description="Who decides.", examples=["agent-7"])
    problem_class: ProblemClass | None = Field(
        default=None, description="Main class.", examples=["usage"]
    )
    subtype: Ref | None = Field(
        default=None,
        description="Sub-type; one that the shop's policy has not in that class is left out.",
        examples=["fault_help"],
    )
    level: Level | None = Field(default=None, description="Urgency level.", examples=["L2"])
    route: HumanRoute | None = Field(
        default=None, description="Who is to work on it; none: by the policy."
    )


class PromiseRequest(Body):
    """Somebody promised the customer something by a date."""

    promise_id: Ref = Field(
        description="Promise, unique within the ticket; the same again has no second effect.",
        examples=["P-1"],
    )
    agent_id: Ref = Field(description="Who promised.", examples=["agent-7"])
    what: Text = Field(
        min_length=1,
        max_length=500,
        description="What was promised; personal data in it is masked and not kept.",
        examples=["A call about the new lamp"],
    )
    made_at: Instant | None = Field(default=None, description="None: as it comes in.")
    due_at: Instant = Field(
        description="By when; later than now.", examples=["2026-03-02T12:00:00+08:00"]
    )


class PlatformDeadlineRequest(Body):
    """The selling platform set its own deadline, or moved it."""

    notice_id: Ref = Field(
        description="The platform's notice, unique within the ticket; the same again has no "
        "second effect.",
        examples=["dy-77120-3"],
    )
    due_at: Instant = Field(
        description="The platform's deadline; may lie in the past.",
        examples=["2026-03-03T20:15:00+08:00"],
    )
    told_at: Instant | None = Field(
        default=None,
        description="When the platform said so: of several the one told last holds. None: as it "
        "comes in.",
    )
    silence_costs_fen: Fen | None = Field(
        default=None,
        description="What it costs to let the deadline pass in silence, fen; none: unknown.",
        examples=[129900],
    )


class MergeRequest(Body):
    """The ticket is about the same matter as another one."""

    into: Ref = Field(
        description="The open ticket that it goes on in.",
        examples=["5f0b6b5e-6a55-5c0e-9a3e-9d8f1c5b7a11"],
    )
    agent_id: Ref = Field(description="Who says so.", examples=["agent-7"])


class ResumeRequest(Body):
    """The wait is over."""

    agent_id: Ref = Field(description="Who says so.", examples=["agent-7"])
    resumed_at: Instant | None = Field(default=None, description="None: now.")


class OrderPlacedRequest(OrderPlaced):
    """OrderPlaced with contact data in the clear, or sealed for the customer by the sender."""

    contact: ContactRequest | Contact = Field(  # type: ignore[assignment]
        default=ContactRequest(), description="In the clear, or every field sealed."
    )


class CloudEventRequest(BaseModel):
    """A CloudEvent in structured mode; extension attributes are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    specversion: Literal["1.0"] = Field(description="CloudEvents version.")
    id: Label = Field(
        description="With source: the identity; the same again has no second effect.",
        examples=["n-88123"],
    )
    source: Label = Field(description="Sending system.", examples=["shop-a/oms"])
    type: Label = Field(description="Event type.", examples=["aftercare.orders.ParcelScanned"])
    time: Instant | None = Field(default=None, description="When it happened.")
    subject: Label | None = Field(default=None, description="Must be the order id, if given.")
    shopid: Label | None = Field(default=None, description="Must be the sender, if given.")
    datacontenttype: Literal["application/json"] = Field(
        default="application/json", description="Media type of data."
    )
    data: dict[str, Any] = Field(description="The event's data.")
