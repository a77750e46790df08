"""Adapters of foreign client libraries; nothing of those libraries is visible to who uses the adapters."""
