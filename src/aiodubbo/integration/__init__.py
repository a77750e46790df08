"""Where registries, protocols and clusters meet: exporting into a registry, referring from one."""
