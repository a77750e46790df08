"""Dubbo URLs: the language between consumers, providers and registries (pure: no I/O, no clock)."""
