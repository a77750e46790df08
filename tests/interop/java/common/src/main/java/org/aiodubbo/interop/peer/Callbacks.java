package org.aiodubbo.interop.peer;

import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.ConcurrentSkipListMap;
import org.aiodubbo.interop.CallbackService;
import org.aiodubbo.interop.Listener;

final class Callbacks implements CallbackService {
    private final Map<String, Listener> listeners = new ConcurrentSkipListMap<>();

    @Override
    public String add(String key, Listener listener) {
        listeners.put(key, listener);
        return listener.changed("added " + key);
    }

    @Override
    public void remove(String key, Listener listener) {
        listeners.remove(key);
    }

    @Override
    public String fire(String message) {
        StringJoiner answers = new StringJoiner(",");
        for (Map.Entry<String, Listener> entry : listeners.entrySet()) {
            try {
                answers.add(entry.getKey() + ":" + entry.getValue().changed(message));
            } catch (RuntimeException error) {
                listeners.remove(entry.getKey());
                answers.add(entry.getKey() + " is gone");
            }
        }
        return answers.toString();
    }
}
