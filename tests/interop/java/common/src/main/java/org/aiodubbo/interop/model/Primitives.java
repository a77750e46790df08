package org.aiodubbo.interop.model;

import java.io.Serializable;

/** Every primitive field except float, which one version of Dubbo damages. */
public class Primitives implements Serializable {
    private static final long serialVersionUID = 1L;

    private boolean flag;
    private byte tiny;
    private short small;
    private int medium;
    private long large;
    private double wide;
    private char letter;

    public boolean isFlag() {
        return flag;
    }

    public void setFlag(boolean flag) {
        this.flag = flag;
    }

    public byte getTiny() {
        return tiny;
    }

    public void setTiny(byte tiny) {
        this.tiny = tiny;
    }

    public short getSmall() {
        return small;
    }

    public void setSmall(short small) {
        this.small = small;
    }

    public int getMedium() {
        return medium;
    }

    public void setMedium(int medium) {
        this.medium = medium;
    }

    public long getLarge() {
        return large;
    }

    public void setLarge(long large) {
        this.large = large;
    }

    public double getWide() {
        return wide;
    }

    public void setWide(double wide) {
        this.wide = wide;
    }

    public char getLetter() {
        return letter;
    }

    public void setLetter(char letter) {
        this.letter = letter;
    }
}
