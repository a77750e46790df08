package org.aiodubbo.interop.model;

import java.util.List;

/** A checked exception with fields of its own, declared by the services that throw it. */
public class BizException extends Exception {
    private static final long serialVersionUID = 1L;

    private int code;
    private List<String> reasons;

    public BizException() {
    }

    public BizException(String message, int code, List<String> reasons, Throwable cause) {
        super(message, cause);
        this.code = code;
        this.reasons = reasons;
    }

    public int getCode() {
        return code;
    }

    public List<String> getReasons() {
        return reasons;
    }
}
