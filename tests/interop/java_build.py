"""Build the real Java Dubbo peers of this folder and say how to start them; ``tools/java_peers.py`` is the command for it.

Needs a JDK (17 or later) and Maven. Libraries come from Maven Central through plain ``mvn``; what is built is kept by the content of the
sources: compiled classes in tests/interop/java/*/target, class paths in .cache/interop.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

JAVA = Path(__file__).resolve().parent / "java"
ROOT = JAVA.parent.parent.parent
CACHE = ROOT / ".cache" / "interop"

VERSIONS = {"2.6": "dubbo26", "2.7": "dubbo27", "3.x": "dubbo3x"}
"""Dubbo's line → Maven module."""

_OPENED = (
    "java.base/java.lang",
    "java.base/java.lang.reflect",
    "java.base/java.math",
    "java.base/java.net",
    "java.base/java.nio",
    "java.base/java.text",
    "java.base/java.time",
    "java.base/java.time.zone",
    "java.base/java.util",
    "java.base/java.util.concurrent",
    "java.base/java.util.concurrent.atomic",
    "java.base/sun.net.util",
    "java.base/sun.nio.ch",
    "java.base/jdk.internal.misc",
    "java.sql/java.sql",
)


def missing() -> str | None:
    """Why the peers cannot be built here and what to do about it; None when they can."""
    absent = [program for program in ("java", "javac", "mvn") if shutil.which(program) is None]
    if absent:
        return f"{', '.join(absent)} not found: install a JDK (17 or later) and Maven (on Debian and Ubuntu: openjdk-17-jdk-headless maven)"
    text = subprocess.run(["javac", "-version"], capture_output=True, text=True, check=False)
    found = re.search(r"javac (\d+)", text.stdout + text.stderr)
    if found is None or int(found[1]) < 17:
        return f"the interop peers need a JDK of version 17 or later, found {(text.stdout + text.stderr).strip()!r}"
    return None


def _fingerprint() -> str:
    """Changes with every source file and pom."""
    digest = hashlib.sha256()
    for path in sorted(path for path in JAVA.rglob("*") if path.is_file() and "target" not in path.relative_to(JAVA).parts):
        digest.update(f"{path.relative_to(JAVA)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def build() -> None:
    """Compile everything and note the class paths, unless that is done already.

    Raises:
        RuntimeError: no JDK or Maven, or Maven failed; the text holds its output.
    """
    reason = missing()
    if reason is not None:
        raise RuntimeError(reason)
    stamp = CACHE / "built"
    wanted = _fingerprint()
    paths = [path for module in VERSIONS.values() for path in (_class_path_file(module), JAVA / module / "target" / "classes")]
    if stamp.exists() and stamp.read_text() == wanted and all(path.exists() for path in paths):
        return
    CACHE.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    command = [
        "mvn",
        "-B",
        "-q",
        "-f",
        str(JAVA / "pom.xml"),
        "compile",
        "dependency:build-classpath",
        "-Dmdep.outputFile=target/classpath.txt",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{shlex.join(command)} failed:\n{done.stdout[-6000:]}{done.stderr[-2000:]}")
    stamp.write_text(wanted)


def _class_path_file(module: str) -> Path:
    return JAVA / module / "target" / "classpath.txt"


def command(version: str) -> list[str]:
    """The command that starts the peer of a version; `build` comes first."""
    module = VERSIONS[version]
    class_path = os.pathsep.join([str(JAVA / module / "target" / "classes"), _class_path_file(module).read_text().strip()])
    options = [
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-Xshare:auto",
        "-Xmx256m",
        "-Djava.net.preferIPv4Stack=true",
        "-Ddubbo.application.logger=jdk",
        "-Ddubbo.qos.enable=false",
        "-Ddubbo.service.shutdown.wait=2000",
        "-Ddubbo.application.qos-enable=false",
        "-Duser.timezone=UTC",
        "-Dfile.encoding=UTF-8",
        *(f"--add-opens={package}=ALL-UNNAMED" for package in _OPENED),
    ]
    return ["java", *options, "-cp", class_path, "org.aiodubbo.interop.peer.Main"]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Build the Java peers of the interop tests.")
    parser.add_argument("action", choices=["build"])
    parser.add_argument("--version", choices=sorted(VERSIONS), help="print the command that starts this one")
    given = parser.parse_args(arguments)
    started = time.monotonic()
    try:
        build()
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"built in {time.monotonic() - started:.1f} s", file=sys.stderr)
    if given.version:
        print(shlex.join(command(given.version)))
    return 0
