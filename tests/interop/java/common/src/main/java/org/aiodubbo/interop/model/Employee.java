package org.aiodubbo.interop.model;

/** A subclass, which may stand where a Person is declared. */
public class Employee extends Person {
    private static final long serialVersionUID = 1L;

    private String title;
    private Person manager;
    private double salary;

    public String getTitle() {
        return title;
    }

    public void setTitle(String title) {
        this.title = title;
    }

    public Person getManager() {
        return manager;
    }

    public void setManager(Person manager) {
        this.manager = manager;
    }

    public double getSalary() {
        return salary;
    }

    public void setSalary(double salary) {
        this.salary = salary;
    }
}
