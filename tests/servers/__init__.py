"""Real registry servers for tests, on free ports of the loopback interface, with their data in a folder of the test."""
