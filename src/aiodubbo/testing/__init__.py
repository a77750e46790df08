"""Helpers for tests of applications and plug-ins that use aiodubbo."""
