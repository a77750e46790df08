package org.aiodubbo.interop.peer;

import com.alibaba.dubbo.common.URL;
import com.alibaba.dubbo.common.Version;
import com.alibaba.dubbo.common.extension.ExtensionLoader;
import com.alibaba.dubbo.common.utils.NetUtils;
import com.alibaba.dubbo.config.ApplicationConfig;
import com.alibaba.dubbo.config.ProtocolConfig;
import com.alibaba.dubbo.config.ReferenceConfig;
import com.alibaba.dubbo.config.RegistryConfig;
import com.alibaba.dubbo.config.ServiceConfig;
import com.alibaba.dubbo.registry.NotifyListener;
import com.alibaba.dubbo.registry.Registry;
import com.alibaba.dubbo.registry.RegistryFactory;
import com.alibaba.dubbo.registry.RegistryService;
import com.alibaba.dubbo.rpc.RpcContext;
import com.alibaba.dubbo.rpc.service.EchoService;
import com.alibaba.dubbo.rpc.service.GenericException;
import com.alibaba.dubbo.rpc.service.GenericService;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Dubbo 2.6 (com.alibaba.dubbo). */
public final class Main implements Dubbo {
    private static final String CACHE = "registry-" + ProcessHandle.current().pid() + ".cache"; // not in the user's home

    private final ApplicationConfig application = new ApplicationConfig("interop");
    private final Map<Object, ReferenceConfig<Object>> references = new ConcurrentHashMap<>();
    private final Map<String, ProtocolConfig> protocols = new ConcurrentHashMap<>();

    public static void main(String[] arguments) throws IOException {
        Peer.run(new Main());
    }

    @Override
    public String version() {
        return Version.getVersion();
    }

    @Override
    public String localHost() {
        return NetUtils.getLocalHost();
    }

    @Override
    public AutoCloseable export(Settings settings, Object implementation) {
        ServiceConfig<Object> service = new ServiceConfig<>();
        service.setApplication(application);
        service.setRegistry(registry(settings));
        service.setProtocol(protocol(settings));
        service.setInterface(settings.interfaceName);
        service.setGroup(settings.group);
        service.setVersion(settings.version);
        service.setParameters(new HashMap<>(settings.parameters));
        service.setRef(implementation);
        service.export();
        return service::unexport;
    }

    private ProtocolConfig protocol(Settings settings) {
        return protocols.computeIfAbsent(settings.host + ":" + settings.port, key -> {
            ProtocolConfig protocol = new ProtocolConfig("dubbo", settings.port);
            protocol.setHost(settings.host);
            protocol.setParameters(new HashMap<>(settings.protocol));
            return protocol;
        });
    }

    private static RegistryConfig registry(Settings settings) {
        if (settings.registry == null) {
            return new RegistryConfig("N/A");
        }
        RegistryConfig registry = new RegistryConfig(settings.registry);
        registry.setFile(CACHE);
        return registry;
    }

    @Override
    public Object refer(Settings settings) {
        ReferenceConfig<Object> reference = new ReferenceConfig<>();
        reference.setApplication(application);
        if (settings.registry == null) {
            reference.setUrl(settings.url);
        } else {
            reference.setRegistry(registry(settings));
        }
        reference.setInterface(settings.interfaceName);
        reference.setGroup(settings.group);
        reference.setVersion(settings.version);
        if (settings.timeout > 0) {
            reference.setTimeout(settings.timeout);
        }
        if (settings.generic) {
            reference.setGeneric("true");
        }
        reference.setScope("remote"); // never the service of this very process
        reference.setRetries(0);
        reference.setParameters(new HashMap<>(settings.parameters));
        Object proxy = reference.get();
        references.put(proxy, reference);
        return proxy;
    }

    @Override
    public void release(Object proxy) {
        references.remove(proxy).destroy();
    }

    /** The client that this process has for a registry anyway, or a new one. */
    private Registry client(String registry) {
        URL url = URL.valueOf(registry)
                .setPath(RegistryService.class.getName())
                .addParameter("interface", RegistryService.class.getName())
                .addParameter("application", application.getName())
                .addParameter("file", CACHE);
        return ExtensionLoader.getExtensionLoader(RegistryFactory.class).getAdaptiveExtension().getRegistry(url);
    }

    @Override
    public AutoCloseable serveRegistry(Settings settings, boolean registersItself) {
        settings.interfaceName = RegistryService.class.getName();
        Map<String, String> parameters = new HashMap<>(settings.parameters);
        parameters.putAll(REGISTRY_PARAMETERS);
        settings.parameters = parameters;
        URL self = new URL("dubbo", settings.host, settings.port, settings.interfaceName, parameters);
        return export(settings, new MemoryRegistry(registersItself ? self.toFullString() : null));
    }

    @Override
    public void register(String registry, String url) {
        client(registry).register(URL.valueOf(url));
    }

    @Override
    public void unregister(String registry, String url) {
        client(registry).unregister(URL.valueOf(url));
    }

    @Override
    public List<String> lookup(String registry, String url) {
        return texts(client(registry).lookup(URL.valueOf(url)));
    }

    @Override
    public AutoCloseable watch(String registry, String url, Consumer<List<String>> told) {
        Registry client = client(registry);
        URL subscription = URL.valueOf(url);
        NotifyListener listener = urls -> told.accept(texts(urls));
        client.subscribe(subscription, listener);
        return () -> client.unsubscribe(subscription, listener);
    }

    private static List<String> texts(List<URL> urls) {
        return urls.stream().map(URL::toFullString).collect(Collectors.toList());
    }

    @Override
    public void start(String registry) {
        throw new IllegalStateException("Dubbo 2.6 knows services alone, not instances");
    }

    @Override
    public Object genericService(GenericHandler handler) {
        return new GenericService() {
            @Override
            public Object $invoke(String method, String[] types, Object[] arguments) throws GenericException {
                try {
                    return handler.invoke(method, types, arguments);
                } catch (Exception error) {
                    throw new GenericException(error);
                }
            }
        };
    }

    @Override
    public Object invokeGeneric(Object proxy, String method, String[] types, Object[] arguments) {
        return ((GenericService) proxy).$invoke(method, types, arguments);
    }

    @Override
    public Object echo(Object proxy, Object value) {
        return ((EchoService) proxy).$echo(value);
    }

    @Override
    public <T> Future<T> async(Callable<T> call) {
        return RpcContext.getContext().asyncCall(call);
    }

    @Override
    public void attach(String key, String value) {
        RpcContext.getContext().setAttachment(key, value);
    }

    @Override
    public Map<String, String> received() {
        return RpcContext.getContext().getAttachments();
    }

    @Override
    public void respond(String key, String value) {
        RpcContext.getServerContext().setAttachment(key, value);
    }

    @Override
    public Map<String, String> responded() {
        return RpcContext.getServerContext().getAttachments();
    }

    @Override
    public void clear() {
        RpcContext.removeContext();
        RpcContext.removeServerContext();
    }
}
