package org.aiodubbo.interop.peer;

import com.alibaba.dubbo.common.URL;
import com.alibaba.dubbo.common.utils.UrlUtils;
import com.alibaba.dubbo.registry.NotifyListener;
import com.alibaba.dubbo.registry.RegistryService;
import com.alibaba.dubbo.rpc.RpcContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A registry of one process, for clients that speak to it over dubbo; what a client registered goes with its connection. */
public final class MemoryRegistry implements RegistryService {
    private final Map<String, Set<URL>> registered = new HashMap<>();
    private final Map<String, Map<URL, NotifyListener>> subscribed = new HashMap<>();
    private final String self;

    /** @param self the URL of this very service, or null: what is told to clients that ask who serves registries. */
    MemoryRegistry(String self) {
        this.self = self;
    }

    private static String client() {
        return RpcContext.getContext().getRemoteAddressString();
    }

    @Override
    public synchronized void register(URL url) {
        registered.computeIfAbsent(client(), key -> new HashSet<>()).add(url);
        changed(url);
    }

    @Override
    public synchronized void unregister(URL url) {
        registered.getOrDefault(client(), new HashSet<>()).remove(url);
        changed(url);
    }

    @Override
    public synchronized void subscribe(URL url, NotifyListener listener) {
        subscribed.computeIfAbsent(client(), key -> new LinkedHashMap<>()).put(url, listener);
        List<URL> found = lookup(url);
        if (!found.isEmpty()) {
            listener.notify(found);
        }
    }

    @Override
    public synchronized void unsubscribe(URL url, NotifyListener listener) {
        subscribed.getOrDefault(client(), new HashMap<>()).remove(url);
    }

    @Override
    public synchronized List<URL> lookup(URL url) {
        List<URL> found = new ArrayList<>();
        if (self != null && UrlUtils.isMatch(url, URL.valueOf(self))) {
            found.add(URL.valueOf(self));
        }
        registered.values().forEach(urls -> urls.stream().filter(one -> UrlUtils.isMatch(url, one)).forEach(found::add));
        return found;
    }

    /** Called by Dubbo when the connection of a client is gone; see the parameter "ondisconnect". */
    public synchronized void disconnect() {
        subscribed.remove(client());
        Set<URL> gone = registered.remove(client());
        if (gone != null) {
            gone.forEach(this::changed);
        }
    }

    private void changed(URL url) {
        subscribed.values().forEach(listeners -> listeners.forEach((subscription, listener) -> {
            if (UrlUtils.isMatch(subscription, url)) {
                listener.notify(lookup(subscription)); // nobody left is told by an empty list, as Java's own server does
            }
        }));
    }
}
