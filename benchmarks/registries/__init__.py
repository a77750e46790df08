"""Registries with as many services as a large company has: ``python -m benchmarks.registries``.

A real ZooKeeper and a real Redis are filled, and one thing after the other is done in a process of its own, so that its memory is its own.
"""
