package org.aiodubbo.interop.model;

import java.io.Serializable;

/** A slot that is declared as Object. */
public class Box implements Serializable {
    private static final long serialVersionUID = 1L;

    private String label;
    private Object content;

    public String getLabel() {
        return label;
    }

    public void setLabel(String label) {
        this.label = label;
    }

    public Object getContent() {
        return content;
    }

    public void setContent(Object content) {
        this.content = content;
    }
}
