package org.aiodubbo.interop.peer;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.aiodubbo.interop.GreetingService;

/** A thread that calls sayHi until it is stopped, and counts. */
final class Load extends Thread {
    private final GreetingService service;
    private final AtomicBoolean stop = new AtomicBoolean();
    private final Map<String, Integer> errors = new TreeMap<>();
    private int right;
    private int wrong;
    private int rightSinceError;

    Load(GreetingService service) {
        this.service = service;
        setDaemon(true);
        start();
    }

    @Override
    public void run() {
        for (int i = 0; !stop.get(); i++) {
            String name = "n" + i;
            String outcome;
            try {
                outcome = service.sayHi(name).equals("hi, " + name) ? null : "";
            } catch (RuntimeException error) {
                outcome = error.getClass().getSimpleName();
            }
            count(outcome);
            try {
                Thread.sleep(outcome == null ? 1 : 20);
            } catch (InterruptedException error) {
                return;
            }
        }
    }

    private synchronized void count(String outcome) {
        if (outcome == null) {
            right++;
            rightSinceError++;
        } else if (outcome.isEmpty()) {
            wrong++;
        } else {
            errors.merge(outcome, 1, Integer::sum);
            rightSinceError = 0;
        }
    }

    synchronized Map<String, Object> counts() {
        Map<String, Object> counts = new LinkedHashMap<>();
        counts.put("right", right);
        counts.put("wrong", wrong);
        counts.put("errors", new TreeMap<>(errors));
        counts.put("right_since_error", rightSinceError);
        return counts;
    }

    Map<String, Object> finish() throws InterruptedException {
        stop.set(true);
        join();
        return counts();
    }
}
