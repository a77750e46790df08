package org.aiodubbo.interop.peer;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.aiodubbo.interop.TypesService;

/** The provider and the consumer of the type tests. */
final class Types {
    private static final String ECHO = "echo";

    private Types() {
    }

    /** An implementation that returns its arguments and notes them in `seen` as {method, text}. */
    static TypesService provider(List<Map<String, String>> seen) {
        return (TypesService) Proxy.newProxyInstance(
                TypesService.class.getClassLoader(), new Class<?>[] {TypesService.class}, (proxy, method, arguments) -> {
                    switch (method.getName()) {
                        case "make":
                            return Samples.make((String) arguments[0]);
                        case "describe":
                            return Canon.text(arguments[0]);
                        case "same":
                            return same(Canon.text(Samples.make((String) arguments[0])), Canon.text(arguments[1]));
                        case "toString":
                            return "types";
                        case "hashCode":
                            return System.identityHashCode(proxy);
                        case "equals":
                            return proxy == arguments[0];
                        default:
                            Map<String, String> row = new LinkedHashMap<>();
                            row.put("method", method.getName().substring(ECHO.length()));
                            row.put("text", Canon.text(arguments[0]));
                            seen.add(row);
                            return arguments[0];
                    }
                });
    }

    private static String same(String wanted, String got) {
        return wanted.equals(got) ? "same" : "wanted " + wanted + ", got " + got;
    }

    /** The texts of all samples: {method: [text, ...]}. */
    static Map<String, List<String>> samples() {
        Map<String, List<String>> texts = new LinkedHashMap<>();
        Samples.all().forEach((name, values) -> {
            List<String> row = new ArrayList<>();
            values.forEach(value -> row.add(Canon.text(value)));
            texts.put(name, row);
        });
        return texts;
    }

    /** Sends every sample to a provider; a row each: {method, index, sent, got} or {..., error}. */
    static List<Map<String, Object>> check(TypesService service, List<String> only) {
        List<Map<String, Object>> rows = new ArrayList<>();
        Map<String, List<Object>> samples = Samples.all();
        for (Method method : TypesService.class.getMethods()) {
            String name = method.getName().startsWith(ECHO) ? method.getName().substring(ECHO.length()) : "";
            List<Object> values = samples.get(name);
            if (values == null || !only.isEmpty() && !only.contains(name)) {
                continue;
            }
            for (int i = 0; i < values.size(); i++) {
                Map<String, Object> row = new LinkedHashMap<>();
                row.put("method", name);
                row.put("index", i);
                row.put("sent", Canon.text(values.get(i)));
                try {
                    row.put("got", Canon.text(method.invoke(service, values.get(i))));
                } catch (InvocationTargetException error) {
                    row.put("error", Failure.describe(error.getCause()));
                } catch (ReflectiveOperationException | RuntimeException error) {
                    row.put("error", Failure.describe(error));
                }
                rows.add(row);
            }
        }
        return rows;
    }

    /** Sends values of make(kind) through the Object slot of a provider: {kind: "same" or what differs}. */
    static Map<String, String> checkObjects(TypesService service, List<String> kinds) {
        Map<String, String> outcome = new LinkedHashMap<>();
        for (String kind : kinds) {
            Object value = Samples.make(kind);
            try {
                outcome.put(kind, same(Canon.text(value), Canon.text(service.echoObject(value))));
            } catch (RuntimeException error) {
                outcome.put(kind, String.valueOf(error));
            }
        }
        return outcome;
    }
}
