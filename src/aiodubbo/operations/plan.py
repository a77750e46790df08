"""Plans that make one registry hold what another one, or a dump, holds; and their execution.

Two kinds of entries: a *lasting* one (``dynamic=false``: rules, routes, providers that were written by hand) is written and stays. A
*passing* one goes when its owner goes, as nearly all providers and consumers do; written by a command, it would be gone with the command.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiodubbo.errors import AiodubboError, RegistryError
from aiodubbo.registry.failback import FailbackRegistry
from aiodubbo.url import keys
from aiodubbo.url.redaction import one_line

from .entries import read_entries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from aiodubbo.registry.reconciler import SessionRegistry
    from aiodubbo.rpc.abc import Registry
    from aiodubbo.url.url import URL

    from .entries import Selection

_LISTED = 20
"""Entries that an error lists one by one."""

_WITHOUT_MEMORY = ("multicast",)
"""Registries that are nothing but their members: an announcement goes with its member, even with ``dynamic=false``."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps that bring a target registry in line with a source.

    Attributes:
        add: lasting entries that the target does not have.
        remove: lasting entries of the target that the source does not have.
        passing: entries that the target does not have, and would have only while a process announces them.
        there: how many entries of the source the target has already.
    """

    add: tuple[URL, ...] = ()
    remove: tuple[URL, ...] = ()
    passing: tuple[URL, ...] = ()
    there: int = 0

    @property
    def lines(self) -> tuple[str, ...]:
        """A line for each entry to write (``+``), then for each to take away (``-``)."""
        return (*(line("+", url) for url in self.add), *(line("-", url) for url in self.remove))


def line(sign: str, url: URL) -> str:
    """Change of a registry as a line for people; secrets are hidden."""
    return one_line(f"{sign} {url.redacted()}")


def keeps(target: URL) -> bool:
    """Check that the registry at `target` keeps lasting entries after their owner went."""
    return target.protocol not in _WITHOUT_MEMORY


def make_plan(source: Iterable[URL], target: Iterable[URL], *, replace: bool, kept: bool = True) -> Plan:
    """Find what `target` lacks of `source`, and with `replace` what it has too much.

    A target that does not keep lasting entries (`kept` is false) has passing ones alone.
    """
    required = {str(url): url for url in source}
    present = {str(url): url for url in target}
    lacking = [url for text, url in required.items() if text not in present]
    extra = [url for text, url in present.items() if text not in required and _lasts(url)] if replace and kept else []
    return Plan(
        add=tuple(url for url in lacking if kept and _lasts(url)),
        remove=tuple(extra),
        passing=tuple(url for url in lacking if not (kept and _lasts(url))),
        there=len(required) - len(lacking),
    )


def _lasts(url: URL) -> bool:
    return not url.get(keys.DYNAMIC)


async def carry_out(plan: Plan, target: Registry, report: Callable[[str], object]) -> None:
    """Write and take away lasting entries. The same plan made again holds what is left.

    Passing entries are not looked at. `report` takes one line for each step that is done.

    Raises:
        RegistryError: the registry failed; the text says what was done and what was not.
    """
    # A registry's own repetitions are for programs that live on: here each step works now or fails.
    client: Registry | SessionRegistry = target.inner if isinstance(target, FailbackRegistry) else target
    lines, done = plan.lines, 0
    try:
        for url in plan.add:
            await client.register(url)
            report(lines[done])
            done += 1
        for url in plan.remove:
            await client.register(url)  # only its announcer may take an entry back; a lasting one is then gone for all
            await client.unregister(url)
            report(lines[done])
            done += 1
    except (AiodubboError, OSError) as error:
        raise RegistryError(f"the registry at {target.url.address} failed: {error}\n{_progress(plan, done)}") from error


def _progress(plan: Plan, done: int) -> str:
    written = min(done, len(plan.add))
    return (
        f"written: {written} of {len(plan.add)}, taken away: {done - written} of {len(plan.remove)}; "
        f"the same command again does the rest. Not done (the first one perhaps in part):{_indented(plan.lines[done:])}"
    )


async def verify(plan: Plan, target: Registry, selection: Selection) -> None:
    """Read `target` again after `plan` was carried out.

    Raises:
        RegistryError: the registry reported no failure and yet does not hold what was planned.
    """
    if plan.add or plan.remove:
        differences = missing(plan, await read_entries(target, selection))
        if differences:
            raise RegistryError(f"the registry at {target.url.address} took everything, but{differences}")


def missing(plan: Plan, after: Iterable[URL]) -> str:
    """Steps of `plan` that the entries `after` it do not show, as indented lines; empty when all is as planned."""
    present = {str(url) for url in after}
    lines = [f"is not there: {url.redacted()}" for url in plan.add if str(url) not in present]
    lines += [f"is still there: {url.redacted()}" for url in plan.remove if str(url) in present]
    return _indented([one_line(text) for text in lines])


def _indented(lines: Sequence[str]) -> str:
    """The lines as they stand below an error; of many, the first ones and how many more."""
    more = [f"and {len(lines) - _LISTED} more"] if len(lines) > _LISTED else []
    return "".join(f"\n  {text}" for text in [*lines[:_LISTED], *more])
