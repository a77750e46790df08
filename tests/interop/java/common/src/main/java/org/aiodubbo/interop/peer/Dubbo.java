package org.aiodubbo.interop.peer;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** What the peer needs of Dubbo, so that all else is written once for the versions. */
interface Dubbo {
    /** Answers `$invoke`. */
    interface GenericHandler {
        Object invoke(String method, String[] types, Object[] arguments) throws Exception;
    }

    /** Where and how a service is served or called; empty texts mean Dubbo's defaults. */
    final class Settings {
        Class<?> type;
        String interfaceName;
        String group;
        String version;
        String host;
        int port;
        String url;
        String registry;
        int timeout;
        boolean generic;
        Map<String, String> parameters;
        Map<String, String> protocol;
    }

    String version();

    /** The address that this version puts in place of loopback. */
    String localHost();

    /** Serves until closed. */
    AutoCloseable export(Settings settings, Object implementation);

    /** A proxy of `settings.type`, or of GenericService; close it by `release`. */
    Object refer(Settings settings);

    void release(Object proxy);

    /** Announces a URL as an administrator's tool does: through Dubbo's own registry client. */
    /** What a RegistryService needs to know about its methods: which arguments are listeners, and whom to tell that a client is gone. */
    Map<String, String> REGISTRY_PARAMETERS = Map.of(
            "callbacks", "1000", "subscribe.1.callback", "true", "unsubscribe.1.callback", "false", "subscribe.return", "true",
            "unsubscribe.return", "true", "ondisconnect", "disconnect");

    /** Serves a registry of this version until closed. */
    AutoCloseable serveRegistry(Settings settings, boolean registersItself);

    void register(String registry, String url);

    void unregister(String registry, String url);

    /** What the registry gives to this version for a subscription, in full strings. */
    List<String> lookup(String registry, String url);

    /** Subscribes until closed; `told` takes each notification. */
    AutoCloseable watch(String registry, String url, Consumer<List<String>> told);

    /** Starts the application as a whole, so that it announces itself as an instance where this version does so. */
    void start(String registry);

    Object genericService(GenericHandler handler);

    Object invokeGeneric(Object proxy, String method, String[] types, Object[] arguments);

    /** `$echo`. */
    Object echo(Object proxy, Object value);

    <T> Future<T> async(Callable<T> call);

    /** Attachments of the next call of this thread. */
    void attach(String key, String value);

    /** Attachments of the call that this thread serves. */
    Map<String, String> received();

    /** A pair that goes back with the answer of the call that this thread serves. */
    void respond(String key, String value);

    /** What came back with this thread's last answer. */
    Map<String, String> responded();

    /** Forget the attachments of this thread. */
    void clear();
}
