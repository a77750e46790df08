#!/bin/sh
# Makes or refreshes .venv, or the folder VENV, for one purpose: demo, test, dev, bench, or suites (enough for unit and component tests).
# Quick when nothing changed. PYTHON names the interpreter.
set -eu
purpose=${1:-dev}
venv=${VENV:-.venv}
cd "$(dirname "$0")/.."

find_python() {
    for candidate in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11; do
        [ -n "$candidate" ] || continue
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "aiodubbo needs Python 3.11 or later. Install one, or name it: make $purpose PYTHON=/path/to/python3" >&2
    exit 1
}

case $purpose in
    demo) what='-e .[cli,uvloop]' ;;
    test) what='-e . --group test' ;;
    bench) what='-e . --group bench' ;;
    suites) what='-e . --group suites' ;;
    dev) what='-e . --group dev' ;;
    *) echo "usage: tools/setup.sh demo|test|bench|dev|suites" >&2; exit 2 ;;
esac

python=$(find_python)
if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "making $venv with $("$python" --version)" >&2
    rm -rf "$venv"
    if ! "$python" -m venv "$venv" >&2; then
        echo "could not make a virtual environment with $python (on Debian and Ubuntu: apt-get install python3-venv)" >&2
        exit 1
    fi
fi

# What was installed for a purpose is remembered by the content of pyproject.toml.
stamp=$venv/installed-$purpose
wanted=$(cksum <pyproject.toml)
if [ "$(cat "$stamp" 2>/dev/null || true)" != "$wanted" ]; then
    echo "installing what 'make $purpose' needs" >&2
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1' >&2
    # shellcheck disable=SC2086 # the options are words
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check $what >&2
    echo "$wanted" >"$stamp"
fi
