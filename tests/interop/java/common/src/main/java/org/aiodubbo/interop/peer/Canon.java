package org.aiodubbo.interop.peer;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Calendar;
import java.util.Collection;
import java.util.Date;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A value as text: class names, content, and which objects are the same object ({@code #n} is the n-th container that was met). Two values
 * have one text exactly if a Java program can hardly tell them apart.
 */
final class Canon {
    private static final String OWN = "org.aiodubbo.interop.";

    private final IdentityHashMap<Object, Integer> met = new IdentityHashMap<>();
    private final StringBuilder out = new StringBuilder();

    private Canon() {
    }

    static String text(Object value) {
        Canon canon = new Canon();
        canon.write(value);
        return canon.out.toString();
    }

    private void write(Object value) {
        if (value == null) {
            out.append("null");
        } else if (value instanceof String) {
            out.append(Json.quote((String) value));
        } else if (value instanceof Enum) {
            out.append(name(((Enum<?>) value).getDeclaringClass())).append('.').append(((Enum<?>) value).name());
        } else if (value instanceof byte[]) {
            bytes((byte[]) value);
        } else if (value instanceof char[]) {
            out.append("char[]:").append(Json.quote(new String((char[]) value)));
        } else if (value instanceof Date) {
            out.append(name(value.getClass())).append(':').append(((Date) value).getTime());
        } else if (value instanceof Calendar) {
            out.append("Calendar:").append(((Calendar) value).getTimeInMillis());
        } else if (value instanceof Throwable) {
            out.append(name(value.getClass())).append(':').append(((Throwable) value).getMessage());
        } else if (value.getClass().isArray() || value instanceof Collection || value instanceof Map || value.getClass().getName().startsWith(OWN)) {
            container(value);
        } else {
            out.append(name(value.getClass())).append(':').append(value);
        }
    }

    private void container(Object value) {
        Integer number = met.putIfAbsent(value, met.size());
        if (number != null) {
            out.append('#').append(number);
        } else if (value.getClass().isArray()) {
            out.append(name(value.getClass())).append('{');
            for (int i = 0; i < Array.getLength(value); i++) {
                separate(i);
                write(Array.get(value, i));
            }
            out.append('}');
        } else if (value instanceof Set) {
            set((Set<?>) value);
        } else if (value instanceof Collection) {
            out.append(name(value.getClass())).append('[');
            int i = 0;
            for (Object item : (Collection<?>) value) {
                separate(i++);
                write(item);
            }
            out.append(']');
        } else if (value instanceof Map) {
            map((Map<?, ?>) value);
        } else {
            fields(value);
        }
    }

    private void set(Set<?> value) {
        List<String> items = new ArrayList<>();
        for (Object item : value) {
            items.add(text(item));
        }
        items.sort(null);
        out.append(name(value.getClass())).append('[').append(String.join(", ", items)).append(']');
    }

    private void map(Map<?, ?> value) {
        List<Map.Entry<?, ?>> entries = new ArrayList<>(value.entrySet());
        entries.sort((a, b) -> text(a.getKey()).compareTo(text(b.getKey())));
        out.append(name(value.getClass())).append('{');
        int i = 0;
        for (Map.Entry<?, ?> entry : entries) {
            separate(i++);
            out.append(text(entry.getKey())).append('=');
            write(entry.getValue());
        }
        out.append('}');
    }

    private void fields(Object value) {
        List<Field> fields = new ArrayList<>();
        for (Class<?> type = value.getClass(); type != Object.class; type = type.getSuperclass()) {
            List<Field> own = new ArrayList<>();
            for (Field field : type.getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers()) && !Modifier.isTransient(field.getModifiers())) {
                    own.add(field);
                }
            }
            fields.addAll(0, own);
        }
        out.append(name(value.getClass())).append('(');
        int i = 0;
        for (Field field : fields) {
            separate(i++);
            out.append(field.getName()).append('=');
            try {
                field.setAccessible(true);
                write(field.get(value));
            } catch (IllegalAccessException error) {
                throw new IllegalStateException(error);
            }
        }
        out.append(')');
    }

    private void bytes(byte[] data) {
        out.append("byte[").append(data.length).append("]:").append(java.util.Arrays.hashCode(data));
    }

    private void separate(int index) {
        if (index > 0) {
            out.append(", ");
        }
    }

    private static String name(Class<?> type) {
        String name = type.getTypeName();
        for (String prefix : new String[] {"java.lang.", "java.util.", "java.time.", "java.math.", OWN + "model."}) {
            if (name.startsWith(prefix) && name.indexOf('.', prefix.length()) < 0) {
                return name.substring(prefix.length());
            }
        }
        return name;
    }
}
