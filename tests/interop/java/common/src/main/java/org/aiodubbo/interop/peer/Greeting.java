package org.aiodubbo.interop.peer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.aiodubbo.interop.GreetingService;
import org.aiodubbo.interop.model.BizException;
import org.aiodubbo.interop.model.Person;
import org.aiodubbo.interop.model.PlainException;

final class Greeting implements GreetingService {
    private final Dubbo dubbo;
    private final String where;
    private final List<String> notes = Collections.synchronizedList(new ArrayList<>());

    Greeting(Dubbo dubbo, String where) {
        this.dubbo = dubbo;
        this.where = where;
    }

    @Override
    public String sayHi(String name) {
        return "hi, " + name;
    }

    @Override
    public List<String> many(int count, Map<String, Integer> parts) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            lines.add(i + " " + new TreeMap<>(parts));
        }
        return lines;
    }

    @Override
    public Person greet(Person person) {
        person.setName("hi, " + person.getName());
        return person;
    }

    @Override
    public String over(int value) {
        return "int " + value;
    }

    @Override
    public String over(long value) {
        return "long " + value;
    }

    @Override
    public String over(Integer value) {
        return "Integer " + value;
    }

    @Override
    public String over(String value) {
        return "String " + value;
    }

    @Override
    public String over(Object value) {
        return "Object " + Canon.text(value);
    }

    @Override
    public String over(String value, int times) {
        return "String, int " + value + " " + times;
    }

    @Override
    public String over(List<String> values) {
        return "List " + values;
    }

    @Override
    public void nothing() {
    }

    @Override
    public String nullText() {
        return null;
    }

    @Override
    public String fail(String kind) throws BizException {
        switch (kind) {
            case "biz":
                throw new BizException("no stock", 42, new ArrayList<>(Arrays.asList("sold", "out")), null);
            case "cause":
                throw new BizException("outer", 7, null, new IllegalStateException("inner"));
            case "illegal":
                throw new IllegalArgumentException("bad");
            case "plain":
                throw new PlainException("plain trouble", "a detail");
            case "error":
                throw new AssertionError("an error");
            default:
                return "no failure " + kind;
        }
    }

    @Override
    public String sleep(int milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
        }
        return "slept " + milliseconds;
    }

    @Override
    public byte[] payload(byte[] data) {
        return data;
    }

    @Override
    public String text(int length) {
        return Samples.text(length);
    }

    @Override
    public void note(String text) {
        notes.add(text);
    }

    @Override
    public List<String> notes() {
        return new ArrayList<>(notes);
    }

    @Override
    public Map<String, String> attachments() {
        return new TreeMap<>(dubbo.received());
    }

    @Override
    public String respond(String key, String value) {
        dubbo.respond(key, value);
        return key + "=" + value;
    }

    @Override
    public String where() {
        return where;
    }
}
