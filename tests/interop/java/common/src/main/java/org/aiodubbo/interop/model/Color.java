package org.aiodubbo.interop.model;

public enum Color {
    RED, GREEN, BLUE
}
