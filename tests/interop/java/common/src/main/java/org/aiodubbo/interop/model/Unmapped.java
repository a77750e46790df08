package org.aiodubbo.interop.model;

import java.io.Serializable;
import java.util.List;

/** A class that the Python side has no model for. */
public class Unmapped implements Serializable {
    private static final long serialVersionUID = 1L;

    private String text;
    private long number;
    private Color color;
    private List<Object> items;

    public String getText() {
        return text;
    }

    public void setText(String text) {
        this.text = text;
    }

    public long getNumber() {
        return number;
    }

    public void setNumber(long number) {
        this.number = number;
    }

    public Color getColor() {
        return color;
    }

    public void setColor(Color color) {
        this.color = color;
    }

    public List<Object> getItems() {
        return items;
    }

    public void setItems(List<Object> items) {
        this.items = items;
    }
}
