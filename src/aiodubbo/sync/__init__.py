"""aiodubbo without ``await``: for Django, Flask, Celery, notebooks and scripts. The same names as in `aiodubbo`.

::

    from . import Application

    with Application("batch", registry="dubbo://127.0.0.1:9090") as app:
        users = app.refer(UserService)          # a contract with ``def`` methods
        print(users.get_user(42))
"""

from aiodubbo.rpc.context import RpcContext, call_options

from .application import Application, ExportedService, GenericReference

__all__ = ["Application", "ExportedService", "GenericReference", "RpcContext", "call_options"]
