package org.aiodubbo.interop.peer;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.aiodubbo.interop.CallbackService;
import org.aiodubbo.interop.GreetingService;
import org.aiodubbo.interop.Listener;
import org.aiodubbo.interop.TypesService;

/**
 * A provider and consumer that is steered over its standard input: one JSON request {"id", "op", ...} a line, answered by one line
 * {"id", "result"} or {"id", "error"}. Requests run beside each other. Logs go to standard error. The end of the input ends the process.
 */
public final class Peer {
    private static final Map<String, Class<?>> SERVICES =
            Map.of("types", TypesService.class, "greeting", GreetingService.class, "callback", CallbackService.class);
    private static final Map<String, Class<?>> PRIMITIVES = Map.of(
            "int", int.class, "long", long.class, "boolean", boolean.class, "double", double.class, "float", float.class, "byte[]", byte[].class);

    private final Dubbo dubbo;
    private final PrintStream control;
    private final List<Map<String, String>> seen = Collections.synchronizedList(new ArrayList<>());
    private final List<String> heard = Collections.synchronizedList(new ArrayList<>());
    private final Map<String, AutoCloseable> exports = new ConcurrentHashMap<>();
    private final Map<String, Object> proxies = new ConcurrentHashMap<>();
    private final Map<String, Load> loads = new ConcurrentHashMap<>();
    private final Map<String, Listener> listeners = new ConcurrentHashMap<>();
    private final Map<String, AutoCloseable> watches = new ConcurrentHashMap<>();
    private final Map<String, List<List<String>>> told = new ConcurrentHashMap<>();

    private Peer(Dubbo dubbo, PrintStream control) {
        this.dubbo = dubbo;
        this.control = control;
    }

    static void run(Dubbo dubbo) throws IOException {
        PrintStream control = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.setOut(System.err);
        Peer peer = new Peer(dubbo, control);
        ExecutorService workers = Executors.newCachedThreadPool();
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            JsonObject request = Json.parse(line);
            if ("exit".equals(Json.text(request, "op", ""))) {
                System.exit(0); // with Dubbo's shutdown hook: unregister, read-only event, wait for the consumers
            }
            workers.execute(() -> peer.answer(request));
        }
        Runtime.getRuntime().halt(0);
    }

    private void answer(JsonObject request) {
        Map<String, Object> reply = new LinkedHashMap<>();
        reply.put("id", request.get("id"));
        try {
            reply.put("result", perform(request));
        } catch (Throwable error) { // also an AssertionError that came over the wire
            Throwable reason = error instanceof InvocationTargetException ? error.getCause() : error;
            reply.put("error", Failure.describe(reason));
        } finally {
            dubbo.clear();
        }
        synchronized (control) {
            control.println(Json.write(reply));
        }
    }

    private Object perform(JsonObject request) throws Exception {
        String op = Json.text(request, "op", "");
        switch (op) {
            case "hello":
                return Map.of("version", dubbo.version(), "host", dubbo.localHost());
            case "export":
                return export(request);
            case "unexport":
                exports.remove(Json.text(request, "name", "")).close();
                return null;
            case "refer":
                proxies.put(Json.text(request, "name", ""), dubbo.refer(settings(request)));
                return null;
            case "release":
                dubbo.release(proxies.remove(Json.text(request, "name", "")));
                return null;
            case "serve-registry":
                exports.put(Json.text(request, "name", ""), dubbo.serveRegistry(settings(request), Json.flag(request, "registers-itself")));
                return null;
            case "register":
                dubbo.register(Json.text(request, "registry", ""), Json.text(request, "url", ""));
                return null;
            case "unregister":
                dubbo.unregister(Json.text(request, "registry", ""), Json.text(request, "url", ""));
                return null;
            case "lookup":
                return dubbo.lookup(Json.text(request, "registry", ""), Json.text(request, "url", ""));
            case "watch":
                return watch(request);
            case "told":
                return drain(told.get(Json.text(request, "name", "")));
            case "unwatch":
                watches.remove(Json.text(request, "name", "")).close();
                return null;
            case "start":
                dubbo.start(Json.text(request, "registry", ""));
                return null;
            case "call":
                return call(request);
            case "generic":
                return generic(request);
            case "echo":
                return dubbo.echo(proxy(request), Json.read(request.get("value"), Object.class));
            case "listen":
                return listen(request);
            case "heard":
                return drain(heard);
            case "seen":
                return drain(seen);
            case "samples":
                return Types.samples();
            case "check-types":
                return Types.check((TypesService) proxy(request), texts(request, "only"));
            case "check-objects":
                return Types.checkObjects((TypesService) proxy(request), texts(request, "kinds"));
            case "load":
                loads.put(Json.text(request, "name", ""), new Load((GreetingService) proxy(request)));
                return null;
            case "load-counts":
                return loads.get(Json.text(request, "name", "")).counts();
            case "load-stop":
                return loads.remove(Json.text(request, "name", "")).finish();
            default:
                throw new IllegalArgumentException("no such op: " + op);
        }
    }

    private Object proxy(JsonObject request) {
        Object proxy = proxies.get(Json.text(request, "name", ""));
        if (proxy == null) {
            throw new IllegalArgumentException("nothing is referred under the name " + request.get("name"));
        }
        return proxy;
    }

    private static Dubbo.Settings settings(JsonObject request) {
        Dubbo.Settings settings = new Dubbo.Settings();
        String service = Json.text(request, "service", "");
        settings.type = SERVICES.get(service);
        settings.interfaceName = settings.type == null ? service : settings.type.getName();
        settings.group = Json.text(request, "group", null);
        settings.version = Json.text(request, "version", null);
        settings.host = Json.text(request, "host", null);
        settings.port = Json.number(request, "port", 0);
        settings.url = Json.text(request, "url", null);
        settings.registry = Json.text(request, "registry", null);
        settings.timeout = Json.number(request, "timeout", 0);
        settings.generic = Json.flag(request, "generic");
        settings.parameters = Json.texts(request, "parameters");
        settings.protocol = Json.texts(request, "protocol");
        return settings;
    }

    private Object export(JsonObject request) throws Exception {
        Dubbo.Settings settings = settings(request);
        Object implementation;
        if (settings.generic) {
            implementation = dubbo.genericService(Peer::answerGeneric);
        } else if (settings.type == TypesService.class) {
            implementation = Types.provider(seen);
        } else if (settings.type == GreetingService.class) {
            implementation = new Greeting(dubbo, settings.group + ":" + settings.version);
        } else {
            implementation = new Callbacks();
        }
        exports.put(Json.text(request, "name", ""), dubbo.export(settings, implementation));
        return null;
    }

    /** A service without Java interface: says what it was asked, in a map; "fail" throws. */
    private static Object answerGeneric(String method, String[] types, Object[] arguments) {
        if (method.equals("fail")) {
            throw new IllegalStateException("generic failure");
        }
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("method", method);
        answer.put("types", new ArrayList<>(List.of(types)));
        answer.put("arguments", Canon.text(arguments));
        return answer;
    }

    private Object call(JsonObject request) throws Exception {
        Object proxy = proxy(request);
        JsonArray given = request.has("args") ? request.getAsJsonArray("args") : new JsonArray();
        Method method = method(proxy, Json.text(request, "method", ""), texts(request, "types"), given.size());
        Object[] arguments = new Object[given.size()];
        for (int i = 0; i < arguments.length; i++) {
            JsonElement one = given.get(i);
            arguments[i] = one instanceof JsonNull ? null : argument(one, method, i);
        }
        Json.texts(request, "attachments").forEach(dubbo::attach);
        Object result;
        if (Json.flag(request, "async")) {
            Future<Object> future = dubbo.async(() -> method.invoke(proxy, arguments));
            result = future.get();
        } else {
            result = method.invoke(proxy, arguments);
        }
        Map<String, Object> outcome = new LinkedHashMap<>();
        outcome.put("value", result instanceof byte[] ? Canon.text(result) : result);
        outcome.put("text", result instanceof String ? null : Canon.text(result));
        outcome.put("attachments", dubbo.responded());
        return outcome;
    }

    private static Object argument(JsonElement given, Method method, int index) {
        Class<?> type = method.getParameterTypes()[index];
        if (type == byte[].class) {
            return Samples.bytes(given.getAsInt()); // only the length is given
        }
        return Json.read(given, method.getGenericParameterTypes()[index]);
    }

    private static Method method(Object proxy, String name, List<String> types, int count) throws Exception {
        for (Class<?> type : SERVICES.values()) {
            if (type.isInstance(proxy)) {
                for (Method method : type.getMethods()) {
                    if (method.getName().equals(name) && method.getParameterCount() == count && matches(method, types)) {
                        return method;
                    }
                }
            }
        }
        throw new IllegalArgumentException("no method " + name + types + " with " + count + " arguments");
    }

    private static boolean matches(Method method, List<String> types) throws Exception {
        for (int i = 0; i < types.size(); i++) {
            Class<?> wanted = PRIMITIVES.get(types.get(i));
            if (method.getParameterTypes()[i] != (wanted == null ? Class.forName(types.get(i)) : wanted)) {
                return false;
            }
        }
        return true;
    }

    private Object generic(JsonObject request) {
        List<String> types = texts(request, "types");
        List<Object> arguments = new ArrayList<>();
        for (int i = 0; i < types.size(); i++) {
            arguments.add(genericArgument(types.get(i), request.getAsJsonArray("args").get(i)));
        }
        Object result = dubbo.invokeGeneric(proxy(request), Json.text(request, "method", ""), types.toArray(new String[0]), arguments.toArray());
        Map<String, Object> outcome = new LinkedHashMap<>();
        outcome.put("value", result);
        outcome.put("text", Canon.text(result));
        return outcome;
    }

    private static Object genericArgument(String type, JsonElement given) {
        if (given instanceof JsonNull) {
            return null;
        }
        switch (type) {
            case "int":
            case "java.lang.Integer":
                return given.getAsInt();
            case "long":
            case "java.lang.Long":
                return given.getAsLong();
            default:
                return Json.read(given, Object.class);
        }
    }

    /** Adds or removes a listener that keeps what it hears; its identity is its key, as Dubbo wants for the removal. */
    private Object listen(JsonObject request) {
        CallbackService service = (CallbackService) proxy(request);
        String key = Json.text(request, "key", "");
        if (Json.flag(request, "remove")) {
            service.remove(key, listeners.remove(key));
            return null;
        }
        Listener listener = message -> {
            heard.add(key + ": " + message);
            if (message.equals("fail")) {
                throw new IllegalStateException("the listener fails");
            }
            return "heard " + message;
        };
        listeners.put(key, listener);
        return service.add(key, listener);
    }

    /** Keeps what a registry tells, one list for each notification. */
    private Object watch(JsonObject request) {
        String name = Json.text(request, "name", "");
        List<List<String>> lists = Collections.synchronizedList(new ArrayList<>());
        told.put(name, lists);
        watches.put(name, dubbo.watch(Json.text(request, "registry", ""), Json.text(request, "url", ""), lists::add));
        return null;
    }

    private static List<String> texts(JsonObject request, String name) {
        List<String> texts = new ArrayList<>();
        if (request.has(name)) {
            request.getAsJsonArray(name).forEach(one -> texts.add(one.getAsString()));
        }
        return texts;
    }

    private static <T> List<T> drain(List<T> list) {
        synchronized (list) {
            List<T> all = new ArrayList<>(list);
            list.clear();
            return all;
        }
    }
}
