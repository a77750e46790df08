package org.aiodubbo.interop.model;

import java.io.Serializable;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.Date;

/** Dates and times as fields. */
public class Moments implements Serializable {
    private static final long serialVersionUID = 1L;

    private Date instant;
    private LocalDate day;
    private LocalTime time;
    private LocalDateTime local;
    private Instant exact;
    private Duration length;

    public Date getInstant() {
        return instant;
    }

    public void setInstant(Date instant) {
        this.instant = instant;
    }

    public LocalDate getDay() {
        return day;
    }

    public void setDay(LocalDate day) {
        this.day = day;
    }

    public LocalTime getTime() {
        return time;
    }

    public void setTime(LocalTime time) {
        this.time = time;
    }

    public LocalDateTime getLocal() {
        return local;
    }

    public void setLocal(LocalDateTime local) {
        this.local = local;
    }

    public Instant getExact() {
        return exact;
    }

    public void setExact(Instant exact) {
        this.exact = exact;
    }

    public Duration getLength() {
        return length;
    }

    public void setLength(Duration length) {
        this.length = length;
    }
}
