"""Run a real registry server for trying things out, on a free port, with its data in a temporary folder.

``python tools/registry_server.py zookeeper``   prints the address for ``Application(registry=...)``; Ctrl-C ends it
``python tools/registry_server.py redis``
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.servers import redis_server, zookeeper_server


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Run a real registry server until Ctrl-C.")
    parser.add_argument("kind", choices=["zookeeper", "redis"])
    kind = parser.parse_args(arguments).kind
    reason = zookeeper_server.missing() if kind == "zookeeper" else redis_server.missing()
    if reason is not None:
        print(reason, file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder)
        server = zookeeper_server.ZooKeeperServer(where) if kind == "zookeeper" else redis_server.RedisServer(where)
        with server:
            print(f"{kind}://{server.address}", flush=True)
            try:
                signal.pause()
            except KeyboardInterrupt:
                pass
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
