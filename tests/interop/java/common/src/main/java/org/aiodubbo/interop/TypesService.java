package org.aiodubbo.interop;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.Collection;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.aiodubbo.interop.model.Address;
import org.aiodubbo.interop.model.Arrays;
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

/** One method for each family of types; each returns its argument. */
public interface TypesService {
    // primitives
    boolean echoBoolean(boolean value);

    byte echoByte(byte value);

    short echoShort(short value);

    int echoInt(int value);

    long echoLong(long value);

    float echoFloat(float value);

    double echoDouble(double value);

    char echoChar(char value);

    // boxes
    Boolean echoBoxedBoolean(Boolean value);

    Byte echoBoxedByte(Byte value);

    Short echoBoxedShort(Short value);

    Integer echoBoxedInt(Integer value);

    Long echoBoxedLong(Long value);

    Float echoBoxedFloat(Float value);

    Double echoBoxedDouble(Double value);

    Character echoBoxedChar(Character value);

    // arrays of primitives
    boolean[] echoBooleans(boolean[] value);

    byte[] echoBytes(byte[] value);

    short[] echoShorts(short[] value);

    int[] echoInts(int[] value);

    long[] echoLongs(long[] value);

    float[] echoFloats(float[] value);

    double[] echoDoubles(double[] value);

    char[] echoChars(char[] value);

    // arrays of objects, and of arrays
    Integer[] echoBoxedInts(Integer[] value);

    Long[] echoBoxedLongs(Long[] value);

    Double[] echoBoxedDoubles(Double[] value);

    String[] echoStrings(String[] value);

    Object[] echoObjects(Object[] value);

    Date[] echoDates(Date[] value);

    Color[] echoColorArray(Color[] value);

    Person[] echoPersonArray(Person[] value);

    int[][] echoIntMatrix(int[][] value);

    byte[][] echoByteArrays(byte[][] value);

    String[][][] echoStringCube(String[][][] value);

    // single values
    String echoString(String value);

    Date echoDate(Date value);

    java.sql.Date echoSqlDate(java.sql.Date value);

    java.sql.Time echoSqlTime(java.sql.Time value);

    java.sql.Timestamp echoSqlTimestamp(java.sql.Timestamp value);

    LocalDate echoLocalDate(LocalDate value);

    LocalTime echoLocalTime(LocalTime value);

    LocalDateTime echoLocalDateTime(LocalDateTime value);

    Instant echoInstant(Instant value);

    Duration echoDuration(Duration value);

    OffsetDateTime echoOffsetDateTime(OffsetDateTime value);

    ZonedDateTime echoZonedDateTime(ZonedDateTime value);

    BigDecimal echoBigDecimal(BigDecimal value);

    BigInteger echoBigInteger(BigInteger value);

    UUID echoUuid(UUID value);

    Color echoColor(Color value);

    Level echoLevel(Level value);

    // collections
    List<Integer> echoIntegerList(List<Integer> value);

    List<Long> echoLongList(List<Long> value);

    List<String> echoStringList(List<String> value);

    List<Object> echoObjectList(List<Object> value);

    List<Person> echoPersonList(List<Person> value);

    List<List<Date>> echoDateLists(List<List<Date>> value);

    Set<String> echoStringSet(Set<String> value);

    Set<Color> echoColorSet(Set<Color> value);

    Map<String, Integer> echoStringMap(Map<String, Integer> value);

    Map<Long, String> echoLongMap(Map<Long, String> value);

    Map<Color, Integer> echoColorMap(Map<Color, Integer> value);

    Map<String, List<Person>> echoPersonMap(Map<String, List<Person>> value);

    LinkedList<String> echoLinkedList(LinkedList<String> value);

    LinkedHashMap<String, Integer> echoLinkedMap(LinkedHashMap<String, Integer> value);

    TreeMap<String, Integer> echoTreeMap(TreeMap<String, Integer> value);

    TreeSet<String> echoTreeSet(TreeSet<String> value);

    Collection<String> echoCollection(Collection<String> value);

    // classes
    Address echoAddress(Address value);

    Person echoPerson(Person value);

    Employee echoEmployee(Employee value);

    Primitives echoPrimitives(Primitives value);

    Boxes echoBoxes(Boxes value);

    Moments echoMoments(Moments value);

    Arrays echoArrays(Arrays value);

    Box echoBox(Box value);

    Node echoNode(Node value);

    Floats echoFloatFields(Floats value);

    Labelled[] echoLabelled(Labelled[] value);

    Object echoObject(Object value);

    /** A value of Java's that has no method of its own, by the name of its kind (see Samples.make). */
    Object make(String kind);

    /** Whether the value is what `make` returns for this kind: "same", or a text that names both. */
    String same(String kind, Object value);

    /** What the provider got: class names and content. */
    String describe(Object value);
}
