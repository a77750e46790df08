package org.aiodubbo.interop.model;

import java.io.Serializable;
import java.util.UUID;

/** A UUID beside an enum: 2.6 and 2.7 count references wrongly behind a UUID. */
public class Labelled implements Serializable {
    private static final long serialVersionUID = 1L;

    private Color color;
    private UUID id;
    private String text;

    public UUID getId() {
        return id;
    }

    public void setId(UUID id) {
        this.id = id;
    }

    public Color getColor() {
        return color;
    }

    public void setColor(Color color) {
        this.color = color;
    }

    public String getText() {
        return text;
    }

    public void setText(String text) {
        this.text = text;
    }
}
