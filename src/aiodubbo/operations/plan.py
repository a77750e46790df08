"""What is to be done so that one registry holds what another one, or a file, holds.

Two kinds of entries: what *lasts* (``dynamic=false``: rules, routes, providers that were written by hand) is written and stays. What
*passes* goes when its owner goes, as nearly all providers and consumers do; written by a command, it would be gone when the command ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiodubbo.cli.failure import UNREACHABLE, CommandError
from aiodubbo.cli.text import one_line
from aiodubbo.errors import AiodubboError
from aiodubbo.registry.failback import FailbackRegistry
from aiodubbo.url import keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from aiodubbo.registry.reconciler import SessionRegistry
    from aiodubbo.rpc.abc import Registry
    from aiodubbo.url.url import URL

_SHOWN = 20
"""Entries that an error tells one by one."""

_WITHOUT_MEMORY = ("multicast",)
"""Registries that are nothing but their members: what a member announced goes with it, whatever it says about ``dynamic``."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do.

    Attributes:
        add: lasting entries that the target does not have.
        remove: lasting entries of the target that the source does not have.
        passing: entries that the target does not have, and would have only while somebody announces them.
        there: how many entries of the source the target has already.
    """

    add: tuple[URL, ...] = ()
    remove: tuple[URL, ...] = ()
    passing: tuple[URL, ...] = ()
    there: int = 0

    @property
    def lines(self) -> tuple[str, ...]:
        """What is to be written (``+``), then what is to be taken away (``-``), a line each."""
        told = [f"+ {url.redacted()}" for url in self.add] + [f"- {url.redacted()}" for url in self.remove]
        return tuple(map(one_line, told))


def keeps(target: URL) -> bool:
    """Whether the registry at `target` keeps what lasts, after its owner went."""
    return target.protocol not in _WITHOUT_MEMORY


def make_plan(source: Iterable[URL], target: Iterable[URL], *, replace: bool, kept: bool = True) -> Plan:
    """What `target` lacks of `source`.

    Args:
        source: what is to be there.
        target: what is there.
        replace: whether to take away what lasts in `target` and is not in `source`.
        kept: whether the target keeps what lasts.
    """
    wanted = {str(url): url for url in source}
    present = {str(url): url for url in target}
    lacking = [url for text, url in wanted.items() if text not in present]
    extra = [url for text, url in present.items() if text not in wanted and _lasts(url)] if replace and kept else []
    return Plan(
        add=tuple(url for url in lacking if kept and _lasts(url)),
        remove=tuple(extra),
        passing=tuple(url for url in lacking if not (kept and _lasts(url))),
        there=len(wanted) - len(lacking),
    )


def _lasts(url: URL) -> bool:
    return not url.get(keys.DYNAMIC)


async def carry_out(plan: Plan, target: Registry, tell: Callable[[str], object]) -> None:
    """Write and take away what lasts. Doing the same again does what is left.

    Args:
        plan: what to do; its passing entries are not looked at.
        target: an open registry.
        tell: takes one line for each entry that is done.

    Raises:
        CommandError: the registry failed; the text says what was done and what was not.
    """
    # What policies a registry has for failures are for programs that live on: here each operation works now or is told.
    client: Registry | SessionRegistry = target.inner if isinstance(target, FailbackRegistry) else target
    lines, done = plan.lines, 0
    try:
        for url in plan.add:
            await client.register(url)
            tell(lines[done])
            done += 1
        for url in plan.remove:
            await client.register(url)  # only who announced an entry may take it back; what lasts is then gone for all
            await client.unregister(url)
            tell(lines[done])
            done += 1
    except (AiodubboError, OSError) as error:
        text = f"error: the registry at {target.url.address} failed: {error}\n{_halfway(plan, done)}"
        raise CommandError(text, UNREACHABLE) from error


def _halfway(plan: Plan, done: int) -> str:
    written = min(done, len(plan.add))
    return (
        f"written: {written} of {len(plan.add)}, taken away: {done - written} of {len(plan.remove)}; "
        f"the same command again does the rest. Not done (the first one perhaps in part):{_below(plan.lines[done:])}"
    )


def missing(plan: Plan, after: Sequence[URL]) -> str:
    """What a registry that failed nowhere does not show afterwards; empty when all is as planned.

    Args:
        plan: what was carried out.
        after: what the registry holds now.
    """
    present = {str(url) for url in after}
    wrong = [f"is not there: {url.redacted()}" for url in plan.add if str(url) not in present]
    wrong += [f"is still there: {url.redacted()}" for url in plan.remove if str(url) in present]
    return _below([one_line(line) for line in wrong])


def _below(lines: Sequence[str]) -> str:
    """The lines as they stand below an error; of many, the first ones and how many more."""
    more = [f"and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return "".join(f"\n  {line}" for line in [*lines[:_SHOWN], *more])
