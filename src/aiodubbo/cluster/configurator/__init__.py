"""Rules of the registry that change settings without a restart; each module is one of Dubbo's names (CLU-90)."""
