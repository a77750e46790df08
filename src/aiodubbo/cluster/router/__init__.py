"""Rules of the registry that say which consumers call which providers; each module is one of Dubbo's names (CLU-70)."""
