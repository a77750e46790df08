package org.aiodubbo.interop;

/** Listeners that the provider calls over the consumer's connection. */
public interface CallbackService {
    String add(String key, Listener listener);

    void remove(String key, Listener listener);

    /** Calls every listener; returns their answers, joined by commas. */
    String fire(String message);
}
