package org.aiodubbo.interop.model;

/** A runtime exception that no method declares. */
public class PlainException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private String detail;

    public PlainException() {
    }

    public PlainException(String message, String detail) {
        super(message);
        this.detail = detail;
    }

    public String getDetail() {
        return detail;
    }
}
