"""Registries, protocols and clusters together: exporting into a registry, referring from one."""
