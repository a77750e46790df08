package org.aiodubbo.interop.model;

import java.io.Serializable;

/** Arrays as fields. */
public class Arrays implements Serializable {
    private static final long serialVersionUID = 1L;

    private int[] numbers;
    private String[] texts;
    private byte[] data;
    private long[][] matrix;
    private Address[] places;

    public int[] getNumbers() {
        return numbers;
    }

    public void setNumbers(int[] numbers) {
        this.numbers = numbers;
    }

    public String[] getTexts() {
        return texts;
    }

    public void setTexts(String[] texts) {
        this.texts = texts;
    }

    public byte[] getData() {
        return data;
    }

    public void setData(byte[] data) {
        this.data = data;
    }

    public long[][] getMatrix() {
        return matrix;
    }

    public void setMatrix(long[][] matrix) {
        this.matrix = matrix;
    }

    public Address[] getPlaces() {
        return places;
    }

    public void setPlaces(Address[] places) {
        this.places = places;
    }
}
