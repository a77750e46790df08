"""The same provider without async; ends by Ctrl-C or SIGTERM."""

from __future__ import annotations

from blocking_contract import BlockingUserService
from provider import Users

from aiodubbo.sync import Application

with Application("user-provider", registry="dubbo://127.0.0.1:9090", protocol="dubbo://127.0.0.1:20880") as app:
    app.export(BlockingUserService, Users())
    print("serving", flush=True)
    app.serve_forever()
