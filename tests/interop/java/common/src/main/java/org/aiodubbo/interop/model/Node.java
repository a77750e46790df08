package org.aiodubbo.interop.model;

import java.io.Serializable;
import java.util.List;
import java.util.Map;

/** Makes graphs: shared nodes and cycles. */
public class Node implements Serializable {
    private static final long serialVersionUID = 1L;

    private String name;
    private Node next;
    private List<Node> children;
    private Map<String, Node> named;

    public String getName() {
        return name;
    }

    public void setName(String name) {
        this.name = name;
    }

    public Node getNext() {
        return next;
    }

    public void setNext(Node next) {
        this.next = next;
    }

    public List<Node> getChildren() {
        return children;
    }

    public void setChildren(List<Node> children) {
        this.children = children;
    }

    public Map<String, Node> getNamed() {
        return named;
    }

    public void setNamed(Map<String, Node> named) {
        this.named = named;
    }
}
