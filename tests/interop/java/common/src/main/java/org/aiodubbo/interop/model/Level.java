package org.aiodubbo.interop.model;

/** Constants with bodies: each is a class of its own, and is still sent under the name of the enum. */
public enum Level {
    LOW {
        @Override
        public int weight() {
            return 1;
        }
    },
    HIGH {
        @Override
        public int weight() {
            return 9;
        }
    };

    public abstract int weight();
}
