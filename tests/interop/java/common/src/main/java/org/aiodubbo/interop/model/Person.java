package org.aiodubbo.interop.model;

import java.io.Serializable;
import java.math.BigDecimal;
import java.util.Date;
import java.util.List;
import java.util.Map;

/** The usual mixture of fields. */
public class Person implements Serializable {
    private static final long serialVersionUID = 1L;

    private long id;
    private String name;
    private Integer age;
    private BigDecimal balance;
    private Date createdAt;
    private Color favorite;
    private Address home;
    private List<Address> others;
    private Map<String, Long> scores;

    public long getId() {
        return id;
    }

    public void setId(long id) {
        this.id = id;
    }

    public String getName() {
        return name;
    }

    public void setName(String name) {
        this.name = name;
    }

    public Integer getAge() {
        return age;
    }

    public void setAge(Integer age) {
        this.age = age;
    }

    public BigDecimal getBalance() {
        return balance;
    }

    public void setBalance(BigDecimal balance) {
        this.balance = balance;
    }

    public Date getCreatedAt() {
        return createdAt;
    }

    public void setCreatedAt(Date createdAt) {
        this.createdAt = createdAt;
    }

    public Color getFavorite() {
        return favorite;
    }

    public void setFavorite(Color favorite) {
        this.favorite = favorite;
    }

    public Address getHome() {
        return home;
    }

    public void setHome(Address home) {
        this.home = home;
    }

    public List<Address> getOthers() {
        return others;
    }

    public void setOthers(List<Address> others) {
        this.others = others;
    }

    public Map<String, Long> getScores() {
        return scores;
    }

    public void setScores(Map<String, Long> scores) {
        this.scores = scores;
    }
}
