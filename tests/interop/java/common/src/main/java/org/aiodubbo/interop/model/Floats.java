package org.aiodubbo.interop.model;

import java.io.Serializable;

/** A primitive float field between others: Dubbo 3.3.6 does not read it back. */
public class Floats implements Serializable {
    private static final long serialVersionUID = 1L;

    private float single;
    private Float boxed;
    private double wide;

    public float getSingle() {
        return single;
    }

    public void setSingle(float single) {
        this.single = single;
    }

    public Float getBoxed() {
        return boxed;
    }

    public void setBoxed(Float boxed) {
        this.boxed = boxed;
    }

    public double getWide() {
        return wide;
    }

    public void setWide(double wide) {
        this.wide = wide;
    }
}
