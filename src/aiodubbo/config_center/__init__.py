"""Where operators keep the rules that Dubbo 2.7 and later follow; each module is one kind of centre, by Dubbo's name (REG-160)."""
