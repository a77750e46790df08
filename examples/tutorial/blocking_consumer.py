"""The same consumer without async: for Django, Flask, Celery, notebooks."""

from __future__ import annotations

from blocking_contract import BlockingUserService
from contract import UnknownUserError

from aiodubbo.sync import Application

with Application("user-script", registry="dubbo://127.0.0.1:9090") as app:
    users = app.refer(BlockingUserService, timeout=2.0)
    print(users.get_user(1))
    print([user.name for user in users.find("A", limit=5)])
    try:
        users.rename(99, "Grace")
    except UnknownUserError as error:
        print("refused:", error)
