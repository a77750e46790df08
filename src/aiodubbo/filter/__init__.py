"""What surrounds every call of a service; each module is one of Dubbo's filters."""
