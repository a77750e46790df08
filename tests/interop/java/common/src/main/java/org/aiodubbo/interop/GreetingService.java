package org.aiodubbo.interop;

import java.util.List;
import java.util.Map;
import org.aiodubbo.interop.model.BizException;
import org.aiodubbo.interop.model.Person;

/** Calls of every manner: results, overloads, errors, time, size, attachments. */
public interface GreetingService {
    String sayHi(String name);

    List<String> many(int count, Map<String, Integer> parts);

    Person greet(Person person);

    String over(int value);

    String over(long value);

    String over(Integer value);

    String over(String value);

    String over(Object value);

    String over(String value, int times);

    String over(List<String> values);

    void nothing();

    String nullText();

    /** Throws by kind: biz, cause, illegal, plain, error; any other kind returns. */
    String fail(String kind) throws BizException;

    String sleep(int milliseconds);

    byte[] payload(byte[] data);

    /** A text of so many characters. */
    String text(int length);

    /** Called one-way: remembers the text for `notes`. */
    void note(String text);

    List<String> notes();

    /** The attachments of this very call, as the provider saw them. */
    Map<String, String> attachments();

    /** Sends key=value beside the answer. */
    String respond(String key, String value);

    /** Group and version of the provider that answers. */
    String where();
}
