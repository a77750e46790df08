package org.aiodubbo.interop;

public interface Listener {
    String changed(String message);
}
