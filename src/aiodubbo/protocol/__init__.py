"""Protocols: how services are served and called; each module or package is one of Dubbo's names."""
