package org.aiodubbo.interop.peer;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.ToNumberPolicy;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** JSON of the control channel. */
final class Json {
    private static final Gson GSON = new GsonBuilder()
            .serializeNulls()
            .disableHtmlEscaping()
            .serializeSpecialFloatingPointValues()
            .setObjectToNumberStrategy(ToNumberPolicy.LONG_OR_DOUBLE)
            .create();

    private Json() {
    }

    static JsonObject parse(String line) {
        return JsonParser.parseString(line).getAsJsonObject();
    }

    static String write(Object value) {
        return GSON.toJson(value);
    }

    static String quote(String text) {
        return GSON.toJson(text);
    }

    /** The value with maps and lists of java.util: Dubbo 3.x does not let Gson's own classes out. */
    static Object read(JsonElement element, Type type) {
        return plain(GSON.fromJson(element, type));
    }

    private static Object plain(Object value) {
        if (value instanceof Map) {
            Map<Object, Object> copy = new HashMap<>();
            ((Map<?, ?>) value).forEach((key, item) -> copy.put(key, plain(item)));
            return copy;
        }
        if (value instanceof List) {
            List<Object> copy = new ArrayList<>();
            ((List<?>) value).forEach(item -> copy.add(plain(item)));
            return copy;
        }
        return value;
    }

    static String text(JsonObject object, String name, String otherwise) {
        JsonElement element = object.get(name);
        return element == null || element.isJsonNull() ? otherwise : element.getAsString();
    }

    static int number(JsonObject object, String name, int otherwise) {
        JsonElement element = object.get(name);
        return element == null || element.isJsonNull() ? otherwise : element.getAsInt();
    }

    static boolean flag(JsonObject object, String name) {
        JsonElement element = object.get(name);
        return element != null && !element.isJsonNull() && element.getAsBoolean();
    }

    static Map<String, String> texts(JsonObject object, String name) {
        Map<String, String> texts = new LinkedHashMap<>();
        if (object.has(name)) {
            for (Map.Entry<String, JsonElement> entry : object.getAsJsonObject(name).entrySet()) {
                texts.put(entry.getKey(), entry.getValue().getAsString());
            }
        }
        return texts;
    }
}
