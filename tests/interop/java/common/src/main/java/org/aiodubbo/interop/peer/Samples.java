package org.aiodubbo.interop.peer;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Calendar;
import java.util.Collections;
import java.util.Date;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Stack;
import java.util.TimeZone;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.Vector;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.aiodubbo.interop.model.Address;
import org.aiodubbo.interop.model.Box;
import org.aiodubbo.interop.model.Boxes;
import org.aiodubbo.interop.model.Color;
import org.aiodubbo.interop.model.Employee;
import org.aiodubbo.interop.model.Floats;
import org.aiodubbo.interop.model.Labelled;
import org.aiodubbo.interop.model.Level;
import org.aiodubbo.interop.model.Moments;
import org.aiodubbo.interop.model.Node;
import org.aiodubbo.interop.model.Person;
import org.aiodubbo.interop.model.Primitives;
import org.aiodubbo.interop.model.Unmapped;

/**
 * The values of the type tests. The Python side holds the same values under the same names and in the same order
 * (tests/interop/samples.py); a value that differs shows as a failed comparison on both sides.
 */
final class Samples {
    /** 2026-03-01T10:20:30.456Z. */
    static final long MOMENT = 1772360430456L;

    private Samples() {
    }

    /** Method of TypesService without "echo" → its arguments, made anew. */
    static Map<String, List<Object>> all() {
        Map<String, List<Object>> all = new LinkedHashMap<>();
        put(all, "Boolean", true, false);
        put(all, "Byte", (byte) 0, (byte) -128, (byte) 127);
        put(all, "Short", (short) 0, (short) -32768, (short) 32767);
        put(all, "Int", 0, -17, 47, 48, 2048, -262145, Integer.MIN_VALUE, Integer.MAX_VALUE);
        put(all, "Long", 0L, -9L, 16L, 2048L, 262144L, 2147483648L, Long.MIN_VALUE, Long.MAX_VALUE);
        put(all, "Float", 0.0f, 1.5f, -0.1f, Float.MAX_VALUE, Float.POSITIVE_INFINITY);
        put(all, "Double", 0.0, 1.0, -128.0, 0.009, 3.14159, Double.MIN_VALUE, Double.MAX_VALUE, Double.NEGATIVE_INFINITY, Double.NaN);
        put(all, "Char", 'A', '\0', 'é', '中');
        put(all, "BoxedBoolean", true, null);
        put(all, "BoxedByte", (byte) -1, null);
        put(all, "BoxedShort", (short) 300, null);
        put(all, "BoxedInt", 1 << 20, null);
        put(all, "BoxedLong", 5L, 1L << 40, null);
        put(all, "BoxedFloat", 0.1f, 2.25f, null);
        put(all, "BoxedDouble", 0.1, 1e100, null);
        put(all, "BoxedChar", 'Z', null);
        put(all, "Booleans", new boolean[] {true, false, true}, new boolean[0]);
        put(all, "Bytes", bytes(0), bytes(15), bytes(1024), bytes(70000), null);
        put(all, "Shorts", (Object) new short[] {-1, 0, 300});
        put(all, "Ints", new int[] {1, -2, 1 << 30}, new int[0], ints(300), null);
        put(all, "Longs", (Object) new long[] {1L, -(1L << 50), 0L});
        put(all, "Floats", (Object) new float[] {1.5f, -0.1f});
        put(all, "Doubles", (Object) new double[] {0.0, 2.5, 0.009});
        put(all, "Chars", (Object) "héllo".toCharArray());
        put(all, "BoxedInts", (Object) new Integer[] {1, null, -70000});
        put(all, "BoxedLongs", (Object) new Long[] {1L, null, 1L << 40});
        put(all, "BoxedDoubles", (Object) new Double[] {1.5, null});
        put(all, "Strings", new String[] {"a", null, ""}, new String[0]);
        put(all, "Objects", (Object) new Object[] {1, "two", 3.5, null, true, 1L << 40});
        put(all, "Dates", (Object) new Date[] {new Date(MOMENT), null, new Date(0)});
        put(all, "ColorArray", (Object) new Color[] {Color.BLUE, Color.RED, Color.BLUE});
        put(all, "PersonArray", new Person[] {person(1), null, person(2)}, new Person[0]);
        put(all, "IntMatrix", new int[][] {{1, 2}, {}, {3}}, new int[0][]);
        put(all, "ByteArrays", (Object) new byte[][] {bytes(3), {}, bytes(40)});
        put(all, "StringCube", (Object) new String[][][] {{{"a"}, {"b", null}}, {}});
        put(all, "String", "", "hello", "é中\u0000x", "smile \uD83D\uDE00", text(32767) + "\uD83D\uDE00 over the border", text(100000), null);
        put(all, "Date", new Date(MOMENT), new Date(0), new Date(-86_400_000L * 40000), new Date(1_700_000_040_000L), null);
        put(all, "SqlDate", (Object) new java.sql.Date(MOMENT));
        put(all, "SqlTime", (Object) new java.sql.Time(MOMENT));
        put(all, "SqlTimestamp", (Object) new java.sql.Timestamp(MOMENT));
        put(all, "LocalDate", LocalDate.of(2024, 2, 29), LocalDate.of(1, 1, 1), null);
        put(all, "LocalTime", LocalTime.of(23, 59, 58, 123_456_000), LocalTime.MIDNIGHT);
        put(all, "LocalDateTime", LocalDateTime.of(2024, 2, 29, 1, 2, 3, 4000), LocalDateTime.of(1999, 12, 31, 0, 0));
        put(all, "Instant", Instant.ofEpochSecond(1_700_000_000L, 123_456_000), Instant.ofEpochSecond(-1, 0));
        put(all, "Duration", Duration.ofSeconds(3661, 500_000_000), Duration.ofSeconds(-1, 999_999_000));
        put(all, "OffsetDateTime", (Object) OffsetDateTime.of(2024, 2, 29, 1, 2, 3, 0, ZoneOffset.ofHours(2)));
        put(all, "ZonedDateTime", (Object) ZonedDateTime.of(2024, 7, 1, 12, 0, 0, 0, ZoneId.of("Europe/Paris")));
        put(all, "BigDecimal", new BigDecimal("31.50"), new BigDecimal("-1E+30"), new BigDecimal("0.000000000000000000000001"), null);
        put(all, "BigInteger", BigInteger.ZERO, BigInteger.ONE.shiftLeft(200).negate(), BigInteger.valueOf(4294967296L), null);
        put(all, "Uuid", UUID.fromString("01234567-89ab-cdef-fedc-ba9876543210"), null);
        put(all, "Color", Color.GREEN, null);
        put(all, "Level", Level.HIGH, Level.LOW);
        put(all, "IntegerList", list(1, 2, null, -70000), list(), null);
        put(all, "LongList", (Object) list(1L, null, 1L << 40));
        put(all, "StringList", list("a", null, "c"), list("1", "2", "3", "4", "5", "6", "7", "8", "9"));
        put(all, "ObjectList", (Object) list(1, "two", 3.5, null, list(true)));
        put(all, "PersonList", (Object) list(person(1), person(2)));
        put(all, "DateLists", (Object) list(list(new Date(MOMENT)), list()));
        put(all, "StringSet", new HashSet<>(Arrays.asList("x", "y")), new HashSet<>(), null);
        put(all, "ColorSet", (Object) new HashSet<>(Arrays.asList(Color.RED, Color.BLUE)));
        put(all, "StringMap", map("one", 1, "two", 2), map(), null);
        put(all, "LongMap", (Object) map(1L, "a", 1L << 40, "b"));
        put(all, "ColorMap", (Object) map(Color.RED, 1, Color.BLUE, 2));
        put(all, "PersonMap", (Object) map("team", list(person(1), person(2)), "empty", list()));
        put(all, "LinkedList", (Object) new LinkedList<>(Arrays.asList("a", "b")));
        put(all, "LinkedMap", (Object) new LinkedHashMap<>(map("one", 1)));
        put(all, "TreeMap", (Object) new TreeMap<>(Map.of("b", 2, "a", 1)));
        put(all, "TreeSet", (Object) new TreeSet<>(Arrays.asList("b", "a")));
        put(all, "Collection", (Object) list("a", "b"));
        put(all, "Address", address("Main", 1), null);
        put(all, "Person", person(1), new Person(), employee(), null);
        put(all, "Employee", (Object) employee());
        put(all, "Primitives", primitives(), new Primitives());
        put(all, "Boxes", boxes(), new Boxes());
        put(all, "Moments", moments(), new Moments());
        put(all, "Arrays", arrays(), new org.aiodubbo.interop.model.Arrays());
        put(all, "Box", box("int", 5), box("text", "t"), box("person", person(3)), box("list", list(1, "a", person(4))), box("color", Color.GREEN),
                box("map", map("k", 1)), box("none", null));
        put(all, "Node", chain(200), ring(), shared());
        put(all, "FloatFields", (Object) floats());
        put(all, "Labelled", new Labelled[] {labelled("a", Color.RED), labelled("b", Color.BLUE)},
                new Labelled[] {labelled("a", Color.RED), labelled("b", Color.RED), labelled("c", Color.RED)});
        put(all, "Object", 5, 1L << 40, "text", 2.5, true, null, person(5), Color.RED, list(1, 2), map("k", "v"), new BigDecimal("1.0"), new Date(MOMENT));
        return all;
    }

    /** Values for an Object slot that Python has to carry there and back, whatever it calls them. */
    static Object make(String kind) {
        switch (kind) {
            case "Locale":
                return Locale.CANADA_FRENCH;
            case "Class":
                return String.class;
            case "int.class":
                return int.class;
            case "array.class":
                return int[].class;
            case "Period":
                return Period.of(1, 2, 3);
            case "Year":
                return Year.of(2024);
            case "YearMonth":
                return YearMonth.of(2024, 2);
            case "MonthDay":
                return MonthDay.of(2, 29);
            case "ZoneOffset":
                return ZoneOffset.ofHoursMinutes(5, 30);
            case "ZoneId":
                return ZoneId.of("Asia/Tokyo");
            case "OffsetTime":
                return OffsetTime.of(1, 2, 3, 4, ZoneOffset.ofHours(-3));
            case "Instant.nanos":
                return Instant.ofEpochSecond(1, 123_456_789);
            case "Duration.nanos":
                return Duration.ofSeconds(1, 1);
            case "LocalTime.nanos":
                return LocalTime.of(1, 2, 3, 4);
            case "LocalDate.far":
                return LocalDate.of(123456, 7, 8);
            case "Date.far":
                return new Date(Long.MAX_VALUE);
            case "Timestamp":
                return new java.sql.Timestamp(MOMENT);
            case "Calendar": {
                Calendar calendar = Calendar.getInstance(TimeZone.getTimeZone("UTC"));
                calendar.setTimeInMillis(MOMENT);
                return calendar;
            }
            case "Unmapped":
                return unmapped();
            case "Unmapped.list":
                return list(unmapped(), unmapped());
            case "EnumSet":
                return EnumSet.of(Color.RED, Color.GREEN);
            case "EnumMap": {
                EnumMap<Color, String> map = new EnumMap<>(Color.class);
                map.put(Color.RED, "r");
                return map;
            }
            case "ArrayDeque":
                return new ArrayDeque<>(list("a", "b"));
            case "Vector":
                return new Vector<>(list(1, 2));
            case "Stack": {
                Stack<Object> stack = new Stack<>();
                stack.push("s");
                return stack;
            }
            case "LinkedHashSet":
                return new LinkedHashSet<>(list("b", "a"));
            case "Hashtable":
                return new Hashtable<>(map("k", 1));
            case "ConcurrentHashMap":
                return new ConcurrentHashMap<>(map("k", 1));
            case "TreeMap":
                return new TreeMap<>(map("k", 1));
            case "mixed.keys":
                return map(1, "int", 1L, "long", 1.0, "double", true, "boolean", "1", "text");
            case "small.long":
                return list(1, 2L);
            case "object.keys":
                return map(Color.RED, 1, LocalDate.of(2024, 1, 1), 2);
            case "list.key":
                return map(list(1, 2), "list");
            case "BitSet": {
                BitSet bits = new BitSet();
                bits.set(3);
                bits.set(70);
                return bits;
            }
            case "AtomicInteger":
                return new AtomicInteger(7);
            case "AtomicLong":
                return new AtomicLong(7);
            case "int[]":
                return ints(5);
            case "long[][]":
                return new long[][] {{1}, {2, 3}};
            case "Integer[]":
                return new Integer[] {1, null};
            case "Object[]":
                return new Object[] {"a", 1, new int[] {1}};
            case "byte[]":
                return bytes(20000);
            case "emptyList":
                return Collections.emptyList();
            case "asList":
                return Arrays.asList(1, 2);
            case "BigInteger":
                return BigInteger.ONE.shiftLeft(77);
            case "surrogate":
                return "lone \uD800 here";
            case "ring":
                return ring();
            case "shared":
                return shared();
            case "same.twice": {
                Person one = person(1);
                return list(one, one, list(one));
            }
            case "list.of.itself": {
                List<Object> list = list("x");
                list.add(list);
                return list;
            }
            case "null":
                return null;
            default:
                throw new IllegalArgumentException("no sample of the kind " + kind);
        }
    }

    private static void put(Map<String, List<Object>> all, String name, Object... values) {
        all.put(name, values == null ? Collections.singletonList(null) : Arrays.asList(values));
    }

    @SafeVarargs
    static <T> List<T> list(T... values) {
        return new ArrayList<>(Arrays.asList(values));
    }

    @SuppressWarnings("unchecked")
    static <K, V> Map<K, V> map(Object... pairs) {
        Map<K, V> map = new HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put((K) pairs[i], (V) pairs[i + 1]);
        }
        return map;
    }

    static byte[] bytes(int length) {
        byte[] data = new byte[length];
        for (int i = 0; i < length; i++) {
            data[i] = (byte) (i * 7);
        }
        return data;
    }

    private static int[] ints(int length) {
        int[] data = new int[length];
        for (int i = 0; i < length; i++) {
            data[i] = i * i * 31;
        }
        return data;
    }

    static String text(int length) {
        StringBuilder text = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            text.append((char) ('a' + i % 26));
        }
        return text.toString();
    }

    static Address address(String street, int zip) {
        Address address = new Address();
        address.setStreet(street);
        address.setCity("Zürich");
        address.setZip(zip);
        address.setTags(list("t" + zip, "end"));
        return address;
    }

    static Person person(int number) {
        Person person = new Person();
        fill(person, number);
        return person;
    }

    private static void fill(Person person, int number) {
        person.setId((1L << 33) + number);
        person.setName("P" + number);
        person.setAge(30 + number);
        person.setBalance(new BigDecimal("10.5" + number));
        person.setCreatedAt(new Date(MOMENT + number));
        person.setFavorite(Color.GREEN);
        person.setHome(address("Main", number));
        person.setOthers(list(address("Side", number)));
        person.setScores(map("go", (long) number, "chess", 1L << 40));
    }

    static Employee employee() {
        Employee employee = new Employee();
        fill(employee, 7);
        employee.setTitle("CTO");
        employee.setManager(person(8));
        employee.setSalary(1234.5);
        return employee;
    }

    private static Primitives primitives() {
        Primitives value = new Primitives();
        value.setFlag(true);
        value.setTiny((byte) -5);
        value.setSmall((short) 3000);
        value.setMedium(-70000);
        value.setLarge(1L << 60);
        value.setWide(0.1);
        value.setLetter('q');
        return value;
    }

    private static Boxes boxes() {
        Boxes value = new Boxes();
        value.setFlag(true);
        value.setTiny((byte) -5);
        value.setSmall((short) 3000);
        value.setMedium(-70000);
        value.setLarge(5L);
        value.setSingle(0.1f);
        value.setWide(0.1);
        value.setLetter('q');
        return value;
    }

    private static Floats floats() {
        Floats value = new Floats();
        value.setSingle(1.25f);
        value.setBoxed(2.5f);
        value.setWide(7.75);
        return value;
    }

    private static Moments moments() {
        Moments value = new Moments();
        value.setInstant(new Date(MOMENT));
        value.setDay(LocalDate.of(2024, 2, 29));
        value.setTime(LocalTime.of(1, 2, 3));
        value.setLocal(LocalDateTime.of(2024, 2, 29, 1, 2, 3));
        value.setExact(Instant.ofEpochSecond(1_700_000_000L));
        value.setLength(Duration.ofMinutes(90));
        return value;
    }

    private static org.aiodubbo.interop.model.Arrays arrays() {
        org.aiodubbo.interop.model.Arrays value = new org.aiodubbo.interop.model.Arrays();
        value.setNumbers(new int[] {1, 2, 3});
        value.setTexts(new String[] {"a", null});
        value.setData(bytes(10));
        value.setMatrix(new long[][] {{1L, 1L << 40}, {}});
        value.setPlaces(new Address[] {address("A", 1)});
        return value;
    }

    private static Box box(String label, Object content) {
        Box box = new Box();
        box.setLabel(label);
        box.setContent(content);
        return box;
    }

    private static Node node(String name) {
        Node node = new Node();
        node.setName(name);
        return node;
    }

    private static Node chain(int length) {
        Node last = null;
        for (int i = length; i > 0; i--) {
            Node node = node("n" + i);
            node.setNext(last);
            last = node;
        }
        return last;
    }

    /** Two nodes in a ring, each also a child of the other. */
    private static Node ring() {
        Node first = node("first");
        Node second = node("second");
        first.setNext(second);
        second.setNext(first);
        first.setChildren(list(second, first));
        second.setChildren(list(first));
        return first;
    }

    /** One leaf in three places, one list in two. */
    private static Node shared() {
        Node root = node("root");
        Node leaf = node("leaf");
        List<Node> children = list(leaf, leaf);
        root.setChildren(children);
        root.setNamed(map("leaf", leaf));
        Node next = node("next");
        next.setChildren(children);
        root.setNext(next);
        return root;
    }

    private static Labelled labelled(String text, Color color) {
        Labelled value = new Labelled();
        value.setId(UUID.nameUUIDFromBytes(text.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        value.setColor(color);
        value.setText(text);
        return value;
    }

    private static Unmapped unmapped() {
        Unmapped value = new Unmapped();
        value.setText("only Java knows");
        value.setNumber(1L << 40);
        value.setColor(Color.BLUE);
        value.setItems(list("a", 1, 1L << 41));
        return value;
    }
}
