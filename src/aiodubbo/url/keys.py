"""Every parameter that Dubbo knows, declared once: one table of what becomes of each and who may set it (KEY-1…118).

A row reads: name, default, what becomes of it, where it is obeyed (letters of `aiodubbo.url.params.PLACES`), its meaning, and who
else than the user may set it. Times are seconds here and milliseconds on the wire. Defaults are Java's; where the lines differ, those of
2.7. A key whose default is an empty text, an empty tuple or None has none in Java. With the letter ``m`` it may stand for one method
(``sayHello.timeout``): ``url.get(keys.TIMEOUT, "sayHello")``.

For ``NOT_YET`` the meaning is what Java does. A test proves from the source that such a key is read nowhere and every ``READ`` one is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from .grammar import split_list
from .params import (
    LOCAL,
    Grant,
    ParamKey,
    Setter,
    Use,
    boolean,
    bounded_int,
    int32,
    int64,
    integers,
    milliseconds,
    positive_int,
    positive_milliseconds,
    reconnect_period,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .params import Parse

READ, PUBLISHED, CHECKED, NOT_YET, NEVER = Use.READ, Use.PUBLISHED, Use.CHECKED, Use.NOT_YET, Use.NEVER

RULES = Grant(frozenset({Setter.RULE}))
PROVIDERS = Grant(frozenset({Setter.PROVIDER}))
BOTH = Grant(frozenset({Setter.PROVIDER, Setter.RULE}))


def _is_switch(value: str) -> bool:
    return value.lower() in ("true", "false")


def _is_answer(value: str) -> bool:
    """Return whether a mock returns or throws; a mock class of Java's would be code."""
    action = unquote_plus(value).strip().removeprefix("force:").removeprefix("fail:").strip()
    return action.partition(" ")[0] in ("return", "throw")


SWITCH = Grant(RULES.setters, accepts=_is_switch, values="true or false, never a file")
MOCKS = Grant(RULES.setters, accepts=_is_answer, values="return …, throw …")


def _text(name: str, default: str, use: Use, places: str, meaning: str, grant: Grant = LOCAL, *aliases: str) -> ParamKey[str]:
    return ParamKey(name, str, default, aliases, meaning, use, places, grant)


def _names(name: str, use: Use, places: str, meaning: str, grant: Grant = LOCAL) -> ParamKey[tuple[str, ...]]:
    return ParamKey(name, split_list, (), (), meaning, use, places, grant)


def _flag(name: str, default: bool, use: Use, places: str, meaning: str, grant: Grant = LOCAL, *aliases: str) -> ParamKey[bool]:
    return ParamKey(name, boolean, default, aliases, meaning, use, places, grant)


def _int(
    name: str, default: int, use: Use, places: str, meaning: str, grant: Grant = LOCAL, parse: Parse[int] = int32, unit: str = ""
) -> ParamKey[int]:
    return ParamKey(name, parse, default, (), meaning, use, places, grant, unit)


def _time(
    name: str, default: float, use: Use, places: str, meaning: str, grant: Grant = LOCAL, parse: Parse[float] = milliseconds
) -> ParamKey[float]:
    return ParamKey(name, parse, default, (), meaning, use, places, grant, "ms")


# -- identity and discovery (KEY-1…31) ------------------------------------------------------------------------------------

INTERFACE = _text("interface", "", READ, "pcr", "Java interface of the service; the path when absent")  # URL.service_interface knows
GROUP = _text("group", "", READ, "pcr", "group of the service (reference: a list, or *); root path of a registry", PROVIDERS)
VERSION = _text("version", "", READ, "pc", "version of the service; a reference may say *", PROVIDERS)
CLASSIFIER = _text("classifier", "*", READ, "pc", "further mark by which consumers choose providers")
CATEGORY = _text("category", "providers", READ, "o", "kind of a registered URL: providers, consumers, configurators, routers")
SIDE = _text("side", "", READ, "pc", "provider or consumer; rules ask for it")
APPLICATION = _text("application", "", READ, "pcro", "name of the application; rules ask for it")
APPLICATION_VERSION = _text("application.version", "", PUBLISHED, "pc", "version of the application")
MODULE = _text("module", "", PUBLISHED, "pc", "module of the application")
MODULE_VERSION = _text("module.version", "", PUBLISHED, "pc", "version of the module")
ORGANIZATION = _text("organization", "", PUBLISHED, "pc", "organization that runs it")
OWNER = _text("owner", "", PUBLISHED, "pc", "people who answer for it")
ARCHITECTURE = _text("architecture", "", PUBLISHED, "pc", "layer of an architecture, such as intl or china")
ENVIRONMENT = _text("environment", "", PUBLISHED, "pc", "develop, test or product")
LAYER = _text("layer", "", PUBLISHED, "pc", "layer of the service, such as biz or dao")
DUBBO = _text("dubbo", "2.0.2", PUBLISHED, "pc", "version of the protocol")
RELEASE = _text("release", "", PUBLISHED, "pc", "version of the implementation, 2.7 and later")
REVISION = _text("revision", "", PUBLISHED, "pc", "version of the interface's artefact")
TIMESTAMP = _time("timestamp", 0.0, READ, "pc", "moment of export or refer, since 1970; warm-up counts from it")
PID = _int("pid", 0, PUBLISHED, "pc", "process id")
METHODS = _names("methods", READ, "pc", "Java names of the methods; * for unknown", PROVIDERS)
REMOTE_TIMESTAMP = _time("remote.timestamp", 0.0, READ, "c", "the provider's timestamp, written into its merged URL")
DYNAMIC = _flag("dynamic", True, READ, "po", "false: the registration stays when its owner goes")
REGISTER = _flag("register", True, READ, "pcr", "false: nothing is announced")
SUBSCRIBE = _flag("subscribe", True, READ, "r", "false: nothing is looked for in this registry")
ENABLED = _flag("enabled", True, READ, "po", "false: consumers do not call the provider", BOTH)
DISABLED = _flag("disabled", False, READ, "po", "true: consumers do not call the provider", BOTH)
CHECK = _flag("check", True, READ, "pcr", "false: a registry that is away, or a missing provider, is no error at the start")
ANYHOST = _flag("anyhost", False, READ, "", "every address of the machine is served; written at export")
LOCALHOST = _flag("localhost", False, READ, "p", "the URL means the machine itself")
BIND_IP = _text("bind.ip", "", READ, "", "address that is bound; written at export: use the protocol's URL")
BIND_PORT = _int("bind.port", 0, READ, "", "port that is bound; written at export: use the protocol's URL")
REGISTER_IP = _text("register.ip", "", NOT_YET, "c", "address under which a consumer is registered")
REGISTRY = _text("registry", "dubbo", NEVER, "r", "concrete registry behind registry://; registries are made without it")
EXPORT = _text("export", "", NEVER, "r", "provider URL inside a registry:// URL; registries are made without it")
REFER = _text("refer", "", NEVER, "r", "consumer query inside a registry:// URL; registries are made without it")
BACKUP = _names("backup", READ, "r", "further servers of the registry")
SCOPE = _text("scope", "", NOT_YET, "pc", "none, local or remote: where a service is exported or looked for")
INJVM = _flag("injvm", False, NOT_YET, "c", "calls within the process")
DELAY = _time("delay", 0.0, NOT_YET, "p", "time before a service is exported; -1 for after the start")
WEIGHT = _int("weight", 100, READ, "pcmo", "share of the calls in comparison with other providers", BOTH)
WARMUP = _time("warmup", 600.0, READ, "pco", "time in which a new provider gets less than its weight", BOTH)
TAG = _text("dubbo.tag", "", READ, "pc", "tag of a provider, or of a consumer's calls", BOTH)
TAG_OF_OLD = _text("tag", "", NOT_YET, "pc", "name of dubbo.tag in Dubbo 2.6", BOTH)
FORCE_TAG = _flag("dubbo.force.tag", False, READ, "c", "a tag without provider leaves no provider")
TOKEN = _text("token", "", READ, "p", "secret that consumers must send; each provider gets its own", PROVIDERS)
DEPRECATED = _flag("deprecated", False, NOT_YET, "pm", "callers are warned", PROVIDERS)
DOCUMENT = _text("document", "", PUBLISHED, "p", "address of the service's documentation")
STATUS = _names("status", NOT_YET, "p", "status checkers that QoS and telnet run")
MONITOR = _text("monitor", "", NOT_YET, "pc", "monitor that counts of calls are sent to")
INTERVAL = _time("interval", 60.0, NOT_YET, "r", "time between two reports to the monitor")
USE_AS_CONFIG_CENTER = _flag("use-as-config-center", True, READ, "r", "false: the registry holds no rules of a configuration centre")
USE_AS_METADATA_CENTER = _flag("use-as-metadata-center", True, NOT_YET, "r", "the registry holds service definitions as well")
SIMPLIFIED = _flag("simplified", False, READ, "r", "short URLs are registered (2.7)")
EXTRA_KEYS = _names("extra-keys", READ, "r", "parameters that short URLs keep")
ZONE = _text("zone", "", NOT_YET, "r", "registries of the caller's zone are preferred")
PREFERRED = _flag("preferred", False, NOT_YET, "r", "this registry is asked first")
REGISTRY_TYPE = _text("registry-type", "", NOT_YET, "rc", "service: discovery by application (2.7.5)")
METADATA_TYPE = _text("metadata-type", "", NOT_YET, "pc", "where service definitions are kept: local or remote")
MAPPING_TYPE = _text("mapping-type", "", NOT_YET, "rc", "how applications are found by interface")
PROVIDED_BY = _names("provided-by", NOT_YET, "c", "applications that provide the service")
SUBSCRIBED_SERVICES = _names("subscribed-services", NOT_YET, "rc", "applications that are subscribed")
PUBLISH_INTERFACE = _flag("publish-interface", False, NOT_YET, "p", "interfaces are announced beside the application")
SERVICE_NAME_MAPPING = _flag("service-name-mapping", False, NOT_YET, "p", "the interface is mapped to the application")

# -- invocation (KEY-40…70) -----------------------------------------------------------------------------------------------

_TIMEOUTS = BOTH.within(0.001, 600.0, "1 ms to 10 min")
_RETRIES = BOTH.within(0, 10, "0 to 10")
_CONNECTIONS = PROVIDERS.within(0, 16, "at most 16")
TIMEOUT = _time("timeout", 1.0, READ, "pcmo", "time that a call may take", _TIMEOUTS, positive_milliseconds)
REGISTRY_TIMEOUT = _time("timeout", 5.0, READ, "r", "time to connect to the registry or an answer of it", LOCAL, positive_milliseconds)
RETRIES = _int("retries", 2, READ, "pcmo", "further attempts after a failed one", _RETRIES)
FAILBACK_RETRIES = _int("retries", 3, NOT_YET, "c", "further attempts of the failback cluster", _RETRIES)
LOAD_BALANCE = _text("loadbalance", "random", CHECKED, "pcmo", "how a provider is chosen", BOTH)
CLUSTER = _text("cluster", "failover", CHECKED, "cr", "what a failed call means; on a redis registry: failover, replicate")
FORKS = _int("forks", 2, NOT_YET, "pc", "providers that are called at once by the forking cluster", BOTH.within(1, 16, "at most 16"))
FAILBACK_TASKS = _int("failbacktasks", 100, NOT_YET, "c", "calls that wait for another attempt", LOCAL, positive_int)
ASYNC = _flag("async", False, NOT_YET, "pcm", "the caller gets a future; here every call is awaited", PROVIDERS)
SENT = _flag("sent", False, NOT_YET, "pcm", "a one-way call waits until it is written", PROVIDERS)
RETURN = _flag("return", True, READ, "pcm", "false: callers do not wait for an answer", PROVIDERS)
ACTIVES = _int("actives", 0, NOT_YET, "pcm", "calls that a consumer makes at once; 0 for no limit", BOTH)
EXECUTES = _int("executes", 0, NOT_YET, "pm", "calls that a provider runs at once; 0 for no limit", RULES)
TPS = _int("tps", -1, NOT_YET, "p", "calls of a service in each interval; -1 for no limit", RULES, int64)
TPS_INTERVAL = _time("tps.interval", 60.0, NOT_YET, "p", "interval of tps", RULES)
MOCK = _text("mock", "", READ, "cmo", "answer in place of a call that fails, or of every call", MOCKS)
STUB = _text("stub", "", NOT_YET, "pc", "class that surrounds the proxy of the caller")
LOCAL_STUB = _text("local", "", NOT_YET, "pc", "older name of stub")
MERGER = _text("merger", "", NOT_YET, "cm", "how results of several groups are joined", BOTH)
CACHE = _text("cache", "", NOT_YET, "pcm", "cache of results: lru, threadlocal, jcache", PROVIDERS)
VALIDATION = _text("validation", "", NOT_YET, "pcm", "validation of arguments", PROVIDERS)
GENERIC = _text("generic", "false", READ, "pc", "calls by name; values as maps")
STICKY = _flag("sticky", False, NOT_YET, "pcm", "calls go to one provider as long as it is there", BOTH)
CLUSTER_AVAILABLE_CHECK = _flag("cluster.availablecheck", True, READ, "c", "a chosen provider must have a connection")
LAZY = _flag("lazy", False, READ, "pc", "the first call connects")
LAZY_INITIAL_STATE = _flag("connect.lazy.initial.state", True, READ, "pc", "a lazy connection counts as available before that")
CONNECTIONS = _int("connections", 0, READ, "pc", "connections of a reference to each provider; 0 shares", _CONNECTIONS)
SHARE_CONNECTIONS = _int("shareconnections", 1, READ, "pc", "shared connections to each address", LOCAL, positive_int)
MAX_CONNECTIONS = 256
"""Connections to one provider that one user may have; a rule or a provider's URL may ask for any number."""
CALLBACKS = _int("callbacks", 1, READ, "pc", "callback objects of one interface on a connection")
CALLBACK = _flag("callback", False, READ, "pcm", "method.index.callback: that argument is called back", PROVIDERS)
ON_CONNECT = _text("onconnect", "", NOT_YET, "pc", "method that a new connection calls")
ON_DISCONNECT = _text("ondisconnect", "", NOT_YET, "pc", "method that a lost connection calls")
STUB_EVENT = _flag("dubbo.stub.event", False, NOT_YET, "pc", "the stub hears of connections")
STUB_EVENT_METHODS = _names("dubbo.stub.event.methods", NOT_YET, "pc", "methods for that")
INVOCATION_ID_AUTOATTACH = _flag("invocationid.autoattach", False, NOT_YET, "cm", "calls carry a number in attachment id")
REFERENCE_FILTER = _names("reference.filter", CHECKED, "c", "filters of a reference: a,default,-b")
SERVICE_FILTER = _names("service.filter", CHECKED, "p", "filters of a service: a,default,-b")
INVOKER_LISTENER = _names("invoker.listener", READ, "c", "listeners to references")
EXPORTER_LISTENER = _names("exporter.listener", READ, "p", "listeners to exports")
ROUTER = _names("router", READ, "o", "router of a route", BOTH)
HASH_NODES = _int("hash.nodes", 160, NOT_YET, "pcm", "places of each provider on the ring of consistenthash", BOTH)
HASH_ARGUMENTS: ParamKey[tuple[int, ...]] = ParamKey(
    "hash.arguments", integers, (0,), (), "arguments that consistenthash looks at", NOT_YET, "pcm", BOTH
)
ACCESS_LOG = _text("accesslog", "", NOT_YET, "p", "every call is logged, or written to this file", SWITCH)
PROXY = _text("proxy", "javassist", NEVER, "pc", "proxies of Java; stubs are plain Python functions")
ENABLE_TIMEOUT_COUNTDOWN = _flag("enable-timeout-countdown", False, NOT_YET, "c", "nested calls share the time that is left (2.7.7)")
PATH = _text("path", "", PUBLISHED, "p", "path of the service; export(path=…) sets it", PROVIDERS)
PROTOCOL = _names("protocol", CHECKED, "c", "protocols whose providers are called")

# -- transport (KEY-80…103) -----------------------------------------------------------------------------------------------

SERVER = _text("server", "netty", NEVER, "s", "Java's transport of a server; asyncio is the only one", LOCAL, "transporter")
CLIENT = _text("client", "netty", NEVER, "c", "Java's transport of a client; asyncio is the only one", LOCAL, "transporter")
TRANSPORTER = _text("transporter", "netty", NEVER, "sc", "Java's transport of both; asyncio is the only one")
NETWORKER = _text("networker", "", NEVER, "s", "Java's network of peers")
COMPILER = _text("compiler", "javassist", NEVER, "pc", "Java's compiler; nothing is compiled")
LOGGER = _text("logger", "slf4j", NEVER, "pc", "Java's library for logs; the module logging is used")
EXCHANGER = _text("exchanger", "header", CHECKED, "spc", "requests and answers on a connection: header")
CODEC = _text("codec", "dubbo", CHECKED, "spc", "form of a message: dubbo")
SERIALIZATION = _text("serialization", "hessian2", CHECKED, "spc", "form of arguments and results: hessian2")
PREFER_SERIALIZATION = _names("prefer.serialization", READ, "pc", "serializations that a provider of Dubbo 3 takes, the best first")
DISPATCHER = _text("dispatcher", "all", NEVER, "sc", "threads of Java that read messages", LOCAL, "dispather", "channel.handler")
THREAD_POOL = _text("threadpool", "fixed", NEVER, "s", "kind of a server's pool; ours has threads and queues")
CLIENT_THREAD_POOL = _text("threadpool", "cached", NEVER, "c", "kind of a client's pool; there is none")
THREADS = _int("threads", 200, READ, "s", "threads that run implementations with def")
CORE_THREADS = _int("corethreads", 0, NEVER, "s", "threads that the pool keeps; it starts what it needs")
QUEUES = _int("queues", 0, READ, "s", "calls that wait for a thread")
ALIVE = _time("alive", 60.0, NEVER, "s", "time that an idle thread lives; the pool keeps its threads")
THREAD_NAME = _text("threadname", "Dubbo", NEVER, "s", "name of threads; they are called DubboServerHandler-address")
IO_THREADS = _int("iothreads", 0, NEVER, "s", "Java's threads for sockets (processors + 1, at most 32); one event loop")
PAYLOAD = _int("payload", 8 * 1024 * 1024, READ, "spc", "largest message; 0 and less for no limit", unit="bytes")
BUFFER = _int("buffer", 8192, NEVER, "sc", "read buffer; asyncio has its own", LOCAL, bounded_int(1024, 16384), "bytes")
CHARSET = _text("charset", "UTF-8", NOT_YET, "s", "encoding of telnet and of monitors")
CONNECT_TIMEOUT = _time("connect.timeout", 3.0, READ, "pc", "time to open a connection", LOCAL, positive_milliseconds)
HEARTBEAT = _time(
    "heartbeat", 60.0, READ, "spc", "silence after which a peer is asked; 0 for never", PROVIDERS.within(1.0, 600.0, "1 s to 10 min")
)
HEARTBEAT_TIMEOUT: ParamKey[float | None] = ParamKey(
    "heartbeat.timeout", milliseconds, None, (), "silence after which a peer is lost; 3 heartbeats when absent", READ, "spc", unit="ms"
)
IDLE_TIMEOUT = _time("idle.timeout", 600.0, NOT_YET, "s", "silence after which a server closes a connection")
ACCEPTS = _int("accepts", 0, READ, "sp", "connections that a server takes; 0 for no limit")
RECONNECT = _time("reconnect", 2.0, READ, "pc", "time between attempts to connect again; false for never", LOCAL, reconnect_period)
SEND_RECONNECT = _flag("send.reconnect", False, READ, "pc", "a call on a lost connection connects")
DECODE_IN_IO = _flag("decode.in.io", False, NEVER, "sc", "messages are decoded by Java's io thread; one event loop")
IS_SERVER = _flag("isserver", True, NOT_YET, "p", "export opens a server")
READONLY_SENT = _flag("channel.readonly.sent", True, NOT_YET, "s", "closing waits until that message is written")
READONLY_SEND = _flag("channel.readonly.send", True, READ, "sp", "a closing server notifies its clients")
SHUTDOWN_TIMEOUT = _time("shutdown.timeout", 900.0, NOT_YET, "s", "time for running calls; set by shutdown_wait")
SHUTDOWN_WAIT = _time("dubbo.service.shutdown.wait", 10.0, NOT_YET, "s", "time for running calls; set by shutdown_wait")
TELNET = _names("telnet", NOT_YET, "s", "telnet commands")
PROMPT = _text("prompt", "dubbo>", NOT_YET, "s", "prompt of telnet")
OPTIMIZER = _text("optimizer", "", NEVER, "sc", "classes for Java's kryo and fst")
BACKLOG = _int("backlog", 1024, NOT_YET, "s", "connections that wait to be accepted")
KEEP_ALIVE = _flag("keepalive", True, NOT_YET, "s", "connections of an HTTP server are kept", LOCAL, "keep.alive")
EXTENSION = _text("extension", "", NOT_YET, "s", "extensions of a REST server")
CONTEXT_PATH = _text("contextpath", "", NOT_YET, "s", "path in front of the service's path")
SSL_ENABLED = _flag("ssl-enabled", False, READ, "r", "the registry is reached by TLS; for services: server_ssl, client_ssl")
CONNECT_QUEUE_CAPACITY = _int("connect.queue.capacity", 2**31 - 1, NEVER, "s", "queue of Java's dispatcher connection")
CONNECT_QUEUE_WARNING_SIZE = _int("connect.queue.warning.size", 1000, NEVER, "s", "the same queue")

# -- registry and rules (KEY-110…118) -------------------------------------------------------------------------------------

ACCEPTED_PROTOCOLS = _names("accepts", READ, "r", "protocols of the services that are announced here (2.7)")
NETWORK_INTERFACE = _text("network.interface", "", READ, "r", "multicast: name or address of the network interface")
CLEAN = _flag("clean", True, READ, "r", "multicast: providers that do not answer are forgotten")
UNICAST = _flag("unicast", True, READ, "c", "multicast: answers may go to the one who asked alone")
DB_INDEX = _int("db.index", 0, READ, "r", "database of a Redis server")
REDIS_CLIENT = _text("redis-client", "mono", READ, "r", "mono, sentinel or cluster (2.7.9)")
MASTER_NAME = _text("master.name", "Sentinel-master", READ, "r", "name of the master that sentinels watch")
NAMESPACE = _text("namespace", "dubbo", READ, "r", "root of the keys of a configuration centre")
SESSION_EXPIRE = _time("zk.session.expire", 0.0, READ, "r", "session of a ZooKeeper client, in Dubbo 2.7.4 and later")
SESSION = _time("session", 60.0, READ, "r", "time after which a registry forgets who is silent")
RETRY_PERIOD = _time("retry.period", 5.0, READ, "r", "time between attempts to repeat what failed", LOCAL, positive_milliseconds)
RECONNECT_PERIOD = _time("reconnect.period", 3.0, READ, "r", "time between attempts to reach a registry", LOCAL, positive_milliseconds)
ENABLE_EMPTY_PROTECTION = _flag("enable-empty-protection", False, READ, "r", "an empty list keeps the known providers (Dubbo 3)")
RETRY_TIMES = _int("retry.times", 3, NEVER, "r", "attempts to repeat what failed; here without end")
FILE = _text("file", "", READ, "r", "file of what the registry notified last; N/A for none")
SAVE_FILE = _flag("save.file", False, READ, "r", "the file is written before a list is applied")
FILE_CACHE = _flag("file.cache", True, READ, "r", "false: no such file")
ZOOKEEPER_CLIENT = _text("client", "curator", NEVER, "r", "Java's library for ZooKeeper; kazoo is the only one", LOCAL, "transporter")
PRIORITY = _int("priority", 0, READ, "o", "order of rules")
RULE = _text("rule", "", READ, "o", "text of a route")
RUNTIME = _flag("runtime", False, READ, "o", "the route looks at arguments of each call")
FORCE = _flag("force", False, READ, "o", "a route that leaves no provider is obeyed all the same")
TYPE = _text("type", "", NOT_YET, "o", "language of a script route")
CONFIG_VERSION = _text("configVersion", "", READ, "o", "format of a rule (2.7)")
PROVIDER_ADDRESSES = _names("providerAddresses", READ, "o", "providers that a rule changes (2.7)")
COMPATIBLE_CONFIG = _flag("compatible_config", False, READ, "o", "a rule that is written for older consumers as well")
QOS_ENABLE = _flag("qos.enable", True, NOT_YET, "pcr", "the QoS server for operators is opened")
QOS_PORT = _int("qos.port", 22222, NOT_YET, "pcr", "port of the QoS server")
QOS_HOST = _text("qos.host", "", NOT_YET, "pcr", "address of the QoS server")
QOS_ACCEPT_FOREIGN_IP = _flag("qos.accept.foreign.ip", False, NOT_YET, "pcr", "the QoS server answers other machines")
DUMP_DIRECTORY = _text("dump.directory", "", NOT_YET, "p", "where stacks of threads are written when a pool is full")

DECLARED: Mapping[str, ParamKey[Any]] = {name: key for name, key in vars().items() if isinstance(key, ParamKey)}
"""Name of the constant → key, in the order of the table."""


def _by_name() -> dict[str, tuple[ParamKey[Any], ...]]:
    named: dict[str, tuple[ParamKey[Any], ...]] = {}
    for key in DECLARED.values():
        for name in (key.name, *key.aliases):
            named[name] = (*named.get(name, ()), key)
    return named


BY_NAME: Mapping[str, tuple[ParamKey[Any], ...]] = _by_name()
"""Name of a parameter, or an older name → what it means; several keys where services and registries mean different things."""
