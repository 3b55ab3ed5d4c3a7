"""Prints how a ticket was read, layer by layer. Called by `command`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

HEADS = (
    ("classes", "class"), ("about", "also about"), ("emotions", "emotion"), ("threats", "threat"),
)  # fmt: skip
FLAGS = ("safety", "disputed", "gift", "asks")
FEN = 100


def explain(answer: dict[str, Any], out: Console) -> None:
    """All layers in their order."""
    out.print(
        f"[bold]{escape(answer['id'])}[/]: {answer['level']['is']}, {answer['route']['is']} "
        f"({answer['policy_version']}, model {answer['model_version']})",
        highlight=False,
    )
    out.print(_facts(answer["facts"], answer["facts_from_text"]))
    _say(out, "2 normal form", answer["normal_form"])
    for piece in answer["left_out"]:
        _say(out, "  left out, an order to a machine", piece)
    out.print(_findings(answer["findings"]))
    if answer["model"]:
        _say(out, "4 signs", _pairs(answer["model"]["signs"]))
        out.print(_model(answer["model"]))
    _say(out, "6 reading", _pairs(answer["reading"]))
    for rule in answer["adjusted"]:
        _say(out, f"  {rule['points']:+g} points", f"{rule['text_zh']} / {rule['text_en']}")
    for name in ("level", "route"):
        out.print(_chosen(name, answer[name]))
    places = ", ".join(f"{one['rule']} {one['add']:+d}" for one in answer["priority"]["rules"])
    _say(out, "7 priority", f"{answer['priority']['places']} ({places or 'no rule'})")
    out.print(_reasons(answer["reasons"]))
    out.print(_otherwise(answer["otherwise"]))


def _facts(facts: dict[str, Any], from_text: dict[str, Any]) -> Table:
    table = Table("fact", "by the order", "by the text", title="1 facts", title_justify="left")
    for name, value in facts.items():
        said = _fact(name, from_text[name]) if name in from_text else ""
        table.add_row(name.removesuffix("_fen"), _fact(name, value), said)
    return table


def _fact(name: str, value: Any) -> str:
    if name.endswith("_fen") and value is not None:
        return f"{value / FEN:.2f} CNY"
    return escape(_plain(value)) or "none"


def _findings(findings: list[dict[str, Any]]) -> Table:
    table = Table("name", "points", "words", title="3 findings", title_justify="left")
    for one in findings:
        table.add_row(one["name"], f"{one['points']:g}", _quoted(one["words"]))
    return table


def _model(model: dict[str, Any]) -> Table:
    title = f"5 the model's opinion, by its pieces and {len(model['signs'])} signs"
    table = Table("of", "is", "probability", "pieces that spoke most", title=title,
                  title_justify="left")  # fmt: skip
    for head, name in HEADS:
        for one in model[head]:
            chance = f"{one['probability']:.3f}"
            table.add_row(name, one["name"], chance, _quoted(one["pieces"]))
    for flag in FLAGS:
        one = model[flag]
        table.add_row(flag, "yes", f"{one['probability']:.3f}", _quoted(one["pieces"]))
    return table


def _chosen(name: str, chosen: dict[str, Any]) -> Table:
    title = f"7 {name}: {chosen['is']} by {chosen['rule']}"
    table = Table("rule before it", "would give", title=title, title_justify="left")
    table.add_column("did not hold, because", overflow="fold")
    for one in chosen["before"]:
        why = "; ".join(
            f"{part['condition']}: {_plain(part['asked'])} asked, {_plain(part['found'])} there"
            for part in one["failed"]
        )
        table.add_row(one["rule"], one["would_give"], escape(why))
    return table


def _reasons(reasons: list[dict[str, str]]) -> Table:
    table = Table("rule", title="7 reasons", title_justify="left")
    for language in ("中文", "English"):
        table.add_column(language, overflow="fold")
    for one in reasons:
        table.add_row(one["rule"], escape(one["text_zh"]), escape(one["text_en"]))
    return table


def _otherwise(changes: list[dict[str, Any]]) -> Table:
    table = Table(title="What would have changed it", title_justify="left")
    table.add_column("if", overflow="fold")
    table.add_column("then")
    for one in changes:
        moved = ", ".join(
            f"{name} {_plain(both['before'])} → {_plain(both['after'])}"
            for name, both in one["changes"].items()
        )
        table.add_row(escape(f"{one['if_zh']}\n{one['if_en']}"), escape(moved))
    return table


def _say(out: Console, what: str, text: str) -> None:
    out.print(f"[bold]{what}[/] {escape(text)}", highlight=False)


def _pairs(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} {_plain(value)}" for name, value in values.items())


def _quoted(words: Iterable[str]) -> str:
    return escape(" ".join(f"「{word}」" for word in words))


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "unknown" if value is None else str(value)
