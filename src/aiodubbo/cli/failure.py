"""Exit codes, and how an error becomes a text on standard error and one of them.

====  =============================================================================
code  meaning
====  =============================================================================
0     an answer, or the command did what it was asked for
1     the service answered with an exception; the registries that were compared differ
2     the command line or the set-up is wrong; nothing was sent
3     nobody to call: no provider, unreachable, or the registry is away
4     the call failed on the way: timeout, unknown method, refused by the provider
130   interrupted (Ctrl-C)
====  =============================================================================
"""

from __future__ import annotations

import traceback
from typing import Final

from aiodubbo.errors import (
    AiodubboError,
    ArgumentError,
    ConfigurationError,
    ForbiddenError,
    HessianEncodeError,
    JavaException,
    NetworkError,
    NoProviderError,
    RegistryError,
    ServerError,
)
from aiodubbo.rpc.generic.calls import GenericException

REMOTE: Final = 1
DIFFERENT: Final = 1
USAGE: Final = 2
UNREACHABLE: Final = 3
FAILED: Final = 4
INTERRUPTED: Final = 130


class CommandError(Exception):
    """Ends the command with a text on standard error and an exit code."""

    def __init__(self, text: str, exit_code: int) -> None:
        super().__init__(text, exit_code)
        self.text = text
        self.exit_code = exit_code


def failure(error: AiodubboError, *, verbose: bool = False) -> CommandError:
    """The text and exit code for an error of aiodubbo; with `verbose` also the traceback."""
    if isinstance(error, JavaException | GenericException):
        return remote_exception(error, verbose=verbose)
    text = f"error: {error}"
    return CommandError(f"{text}\n{_traceback(error)}" if verbose else _without_stack(text), _exit_code(error))


def remote_exception(error: BaseException, *, verbose: bool = False) -> CommandError:
    """The text for an exception that the service threw: class and message; with `verbose` also its stack."""
    stack = ""
    if isinstance(error, GenericException):
        # The message of a generic exception is the stack trace as the provider printed it.
        name, message, stack = error.exception_class or "java.lang.Throwable", error.exception_message, _first_text(error)
    elif isinstance(error, JavaException):
        name, message, stack = error.class_name, error.message, error.java_stack_trace()
    else:
        name, message, stack = type(error).__qualname__, str(error) or None, _traceback(error)
    if not verbose and message:
        # aiodubbo's providers send the traceback of an exception that Java cannot know below its message.
        message = message.partition("\nTraceback (most recent call last)")[0]
    text = f"the service threw {name}" + (f": {message}" if message is not None else "")
    return CommandError(f"{text}\n{stack.rstrip()}" if verbose and stack else text, REMOTE)


def _exit_code(error: AiodubboError) -> int:
    if isinstance(error, ConfigurationError | ArgumentError | HessianEncodeError):
        return USAGE
    if isinstance(error, NoProviderError | ForbiddenError | RegistryError):
        return UNREACHABLE
    if isinstance(error, NetworkError) and not isinstance(error, ServerError):
        return UNREACHABLE
    return FAILED


def _without_stack(text: str) -> str:
    """The text without the Java stack trace that providers put below their errors, and without the line that repeats the message."""
    lines = text.partition("\n\tat ")[0].splitlines()
    # Indented lines are a list, in which an entry may be the beginning of the one above.
    if len(lines) > 1 and lines[-1] in lines[-2] and not lines[-1].startswith("  "):
        lines.pop()
    return "\n".join(lines)


def _first_text(error: BaseException) -> str:
    return next((argument for argument in error.args if isinstance(argument, str)), "")


def _traceback(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)).rstrip()
