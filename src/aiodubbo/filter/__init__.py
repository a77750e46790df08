"""Layers around every call of a service; each module but `chain` is one of Dubbo's filters."""
