"""The command, whose service has an engine that dies of certain pictures: ``python -m tests.fated_service serve``."""

from __future__ import annotations

from functools import partial

import bot.__main__ as command
from bot import supervisor
from bot.supervisor import Limits, Link


def _supervise() -> Link:
    supervisor.LIMITS = Limits(silence=6, pause=0.1, longest_pause=0.2)
    link = supervisor.supervise()
    _arrange()  # not in the supervisor's process, which has no need of a model
    return link


def _arrange() -> None:
    from bot import backends
    from bot.inference.isolated import IsolatedModel, Patience
    from tests.fated import FatedEngine

    vars(backends).update(
        LlamaEngine=FatedEngine,
        IsolatedModel=partial(IsolatedModel, factory="tests.fated:FatedEngine"),
        Patience=partial(Patience, silence=6, pause=0.1, longest_pause=0.2),
    )


if __name__ == "__main__":
    vars(command).update(supervise=_supervise)
    command.main()
