"""Writes messages: a notification's template and facts become the words of its language. Called
by the sender just before a try; keeps nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import yaml
from jinja2 import FileSystemLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from runtime.clock import named_id
from runtime.policy import PolicyError
from schemas.values import Language
from services.notifier.channels.channel import Outgoing
from services.notifier.domain.escalation_policy import PERSON, TO_PEOPLE
from services.notifier.domain.policy import NotifierRules
from services.notifier.ledger import Letter, Waiting

TEMPLATES = Path(__file__).parent / "templates"
LANGUAGES: tuple[Language, ...] = get_args(Language)
SMS_VARIABLE_LENGTH = 35
HEADING_BYTES = 400
"""Left free in a robot's message for its heading."""
PERSON_BYTES = 350
"""Left free besides for a person's name and mention, and for how much more there is."""
Heading = Callable[[Sequence[Letter], Mapping[str, Any]], str]
_UNITS = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))


class WordingError(Exception):
    """A template does not fit its facts: a defect of the policy, the message can't be written."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """One message of a robot and the notifications that it carries."""

    message: Outgoing
    letters: tuple[Letter, ...]


class Composer:
    """All wordings of the policy, compiled once."""

    def __init__(self, policy: NotifierRules) -> None:
        """Raises PolicyError for a wording that is missing or does not compile."""
        self._policy = policy
        environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, autoescape=False
        )
        try:
            self._templates = {
                (name, language): environment.get_template(f"{language}/{name}.j2")
                for name in policy.templates
                for language in LANGUAGES
            }
        except TemplateError as error:
            raise PolicyError(f"wording {error}: {type(error).__name__}") from error
        self._words = {language: _words(language) for language in LANGUAGES}

    def body(self, letter: Letter) -> str:
        """The wording alone. Raises WordingError."""
        return self._render(letter, self._facts(letter))

    def sms(self, letter: Letter, phone: str) -> Outgoing:
        """The message to a customer: the provider renders its approved text (as `body` does)
        with the variables. Raises WordingError."""
        template = self._policy.templates.get(letter.template)
        if template is None or letter.language not in template.sms:
            raise WordingError(f"{letter.template} has no code in {letter.language}")
        facts = self._facts(letter)
        if not set(template.params) <= facts.keys():
            raise WordingError(f"{letter.template} lacks variables")
        return Outgoing(
            out_id=str(letter.id),
            recipient=phone,
            template_code=template.sms[letter.language],
            template_params={name: facts[name][:SMS_VARIABLE_LENGTH] for name in template.params},
        )

    def bundle(self, letters: Sequence[Letter], *, limit_bytes: int, markdown: bool) -> Bundle:
        """One robot message for as many of `letters` as fit, at least the first: every ticket
        has one line, every notification its reference, more than one are counted."""
        return self._bundle(letters, limit_bytes, markdown, self._piece, _heading)

    def digest(
        self, letters: Sequence[Letter], waiting: Waiting, *, limit_bytes: int, markdown: bool
    ) -> Bundle:
        """As `bundle`, to the one person whom all of these letters are for, by name and mention.
        More than one are told in short: how many wait in all, by clock, how old the oldest is, and
        a few words on each ticket. Last, how many more tickets wait than it tells of."""
        first = letters[0]
        person = self._policy.escalation.people.get(first.recipient.removeprefix(PERSON))
        ways = () if person is None else person.ways
        robot = first.lane.removeprefix(TO_PEOPLE)
        mentions = tuple(way.account for way in ways if way.channel == robot)
        piece = self._piece if len(letters) == 1 else self._short_piece
        limit_bytes -= PERSON_BYTES
        counted = partial(self._counted, waiting)
        made = self._bundle(letters, limit_bytes, markdown, piece, counted)
        name = first.recipient if person is None else person.name
        words = self._words[first.language]
        text = f"{name}{words['colon']}{made.message.text}"
        more = waiting.tickets - len({letter.about for letter in made.letters})
        if more > 0:
            text = f"{text}\n{words['more'].format(count=more)}"
        return replace(made, message=replace(made.message, text=text, mentions=mentions))

    def _bundle(
        self,
        letters: Sequence[Letter],
        limit_bytes: int,
        markdown: bool,
        piece_of: Callable[[Letter], str],
        heading: Heading,
    ) -> Bundle:
        words = self._words[letters[0].language]
        lines: dict[str, str] = {}
        taken: list[Letter] = []
        size = HEADING_BYTES
        for letter in letters:
            piece = piece_of(letter)
            known = letter.about in lines
            before = words["semicolon"] if known else f"\n{letter.about}{words['colon']}"
            size += len((before + piece).encode())
            if taken and size > limit_bytes:
                break
            lines[letter.about] = f"{lines[letter.about]}{before}{piece}" if known else piece
            taken.append(letter)
        colon = words["colon"]
        text = "\n".join(f"{about}{colon}{line}" for about, line in lines.items())
        if len(taken) > 1:
            text = f"{heading(taken, words)}\n{text}"
        out_id = str(taken[0].id)
        if len(taken) > 1:
            out_id = str(named_id("bundle", *sorted(str(each.id) for each in taken)))
        recipient = taken[0].recipient
        message = Outgoing(out_id=out_id, recipient=recipient, text=text, markdown=markdown)
        return Bundle(message, tuple(taken))

    def _short_piece(self, letter: Letter) -> str:
        words, facts = self._words[letter.language], self._facts(letter)
        repeat = words["repeat"] if letter.step > 1 else ""
        body = words["short"].format(clock=facts["clock"], due=facts["due"])
        return f"{repeat}{body} {letter.reference}"

    def _counted(
        self, waiting: Waiting, letters: Sequence[Letter], words: Mapping[str, Any]
    ) -> str:
        parts = [
            words["part"].format(title=words["words"]["clock"].get(clock, clock), count=count)
            for clock, count in waiting.clocks.items()
        ]
        zone = str(letters[0].params.get("zone", self._policy.zones.default))
        heading: str = words["digest"].format(
            count=waiting.tickets,
            parts=words["comma"].join(parts),
            oldest=_local(waiting.oldest, zone, words),
        )
        return heading

    def _piece(self, letter: Letter) -> str:
        words = self._words[letter.language]
        title = words["title"].format(title=words["titles"].get(letter.template, letter.template))
        repeat = words["repeat"] if letter.step > 1 else ""
        try:
            body = self.body(letter)
        except WordingError:
            # Staff is told all the same: the ticket and the title say what matters most.
            body = ""
        return f"{title}{repeat}{body} {letter.reference}"

    def _render(self, letter: Letter, facts: Mapping[str, str]) -> str:
        template = self._templates.get((letter.template, letter.language))
        if template is None:
            raise WordingError(f"{letter.template} is not in the policy")
        try:
            return template.render(facts).strip()
        except TemplateError as error:
            raise WordingError(f"{letter.template}: {type(error).__name__}") from error

    def _facts(self, letter: Letter) -> dict[str, str]:
        """Facts as words. Their names lose the unit: due_at is told as due."""
        words = self._words[letter.language]
        zone = str(letter.params.get("zone", self._policy.zones.default))
        facts = {}
        for name, value in letter.params.items():
            stem, _, unit = name.rpartition("_")
            if unit == "at":
                facts[stem] = _local(str(value), zone, words)
            elif unit == "s":
                facts[stem] = _duration(int(value), words)
            elif unit == "fen":
                facts[stem] = f"{int(value) // 100}.{int(value) % 100:02}"
            elif unit in LANGUAGES:
                facts |= {stem: str(value)} if unit == letter.language else {}
            else:
                facts[name] = words["words"].get(name, {}).get(value, str(value))
        if not facts.get("product"):
            facts["product"] = words["product" if letter.phone is not None else "staff_product"]
        return facts


def _words(language: Language) -> dict[str, Any]:
    path = TEMPLATES / language / "words.yaml"
    words: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return words


def _heading(letters: Sequence[Letter], words: Mapping[str, Any]) -> str:
    counts = Counter(letter.template for letter in letters)
    parts = [
        words["part"].format(title=words["titles"].get(name, name), count=count)
        for name, count in counts.items()
    ]
    heading: str = words["summary"].format(count=len(letters), parts=words["comma"].join(parts))
    return heading


def _local(text: str, zone: str, words: Mapping[str, Any]) -> str:
    at = datetime.fromisoformat(text).astimezone(ZoneInfo(zone))
    told: str = words["time"].format(year=at.year, month=at.month, day=at.day, clock=f"{at:%H:%M}")
    return told


def _duration(seconds: int, words: Mapping[str, Any]) -> str:
    """The two largest units, e.g. 1 h 20 min."""
    parts: list[str] = []
    for unit, size in _UNITS:
        count, seconds = divmod(seconds, size)
        if count or (unit == "s" and not parts):
            parts.append(f"{count}{words['unit_gap']}{words['units'][unit]}")
    return str(words["unit_gap"]).join(parts[:2])
