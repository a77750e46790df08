package org.aiodubbo.interop.peer;

import java.util.LinkedHashMap;
import java.util.Map;
import org.aiodubbo.interop.model.BizException;
import org.aiodubbo.interop.model.PlainException;

/** An exception for the control channel: {class, message, cause, frames, ...fields, code}. */
final class Failure {
    private Failure() {
    }

    static Map<String, Object> describe(Throwable error) {
        Map<String, Object> text = new LinkedHashMap<>();
        text.put("class", error.getClass().getName());
        text.put("message", error.getMessage());
        text.put("frames", error.getStackTrace().length);
        if (error instanceof BizException) {
            text.put("code", ((BizException) error).getCode());
            text.put("reasons", ((BizException) error).getReasons());
        } else if (error instanceof PlainException) {
            text.put("detail", ((PlainException) error).getDetail());
        } else if (error.getClass().getSimpleName().equals("RpcException")) {
            text.put("code", property(error, "getCode"));
        } else if (error.getClass().getSimpleName().equals("GenericException")) {
            text.put("exceptionClass", property(error, "getExceptionClass"));
            text.put("exceptionMessage", property(error, "getExceptionMessage"));
        }
        if (error.getCause() != null && error.getCause() != error) {
            text.put("cause", describe(error.getCause()));
        }
        return text;
    }

    private static Object property(Throwable error, String getter) {
        try {
            return error.getClass().getMethod(getter).invoke(error);
        } catch (ReflectiveOperationException reason) {
            return null;
        }
    }
}
