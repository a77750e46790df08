"""The ``aiodubbo`` command (extra ``cli``). One module for each command; `main.main` is the entry point."""
