package org.aiodubbo.interop.model;

import java.io.Serializable;

/** Every box as a field. */
public class Boxes implements Serializable {
    private static final long serialVersionUID = 1L;

    private Boolean flag;
    private Byte tiny;
    private Short small;
    private Integer medium;
    private Long large;
    private Float single;
    private Double wide;
    private Character letter;

    public Boolean getFlag() {
        return flag;
    }

    public void setFlag(Boolean flag) {
        this.flag = flag;
    }

    public Byte getTiny() {
        return tiny;
    }

    public void setTiny(Byte tiny) {
        this.tiny = tiny;
    }

    public Short getSmall() {
        return small;
    }

    public void setSmall(Short small) {
        this.small = small;
    }

    public Integer getMedium() {
        return medium;
    }

    public void setMedium(Integer medium) {
        this.medium = medium;
    }

    public Long getLarge() {
        return large;
    }

    public void setLarge(Long large) {
        this.large = large;
    }

    public Float getSingle() {
        return single;
    }

    public void setSingle(Float single) {
        this.single = single;
    }

    public Double getWide() {
        return wide;
    }

    public void setWide(Double wide) {
        this.wide = wide;
    }

    public Character getLetter() {
        return letter;
    }

    public void setLetter(Character letter) {
        this.letter = letter;
    }
}
