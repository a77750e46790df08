"""Every parameter that Dubbo knows, declared once (KEY-1…118).

Times are seconds here and milliseconds on the wire. Defaults are Java's; where the lines differ, those of 2.7. A key whose
default is an empty text, an empty tuple or None has none in Java. Most keys may stand for one method only (``sayHello.timeout``):
``url.get(keys.TIMEOUT, "sayHello")``.
"""

from __future__ import annotations

import os

from .params import (
    ParamKey,
    boolean,
    bounded_int,
    int32,
    int64,
    integers,
    milliseconds,
    names,
    positive_int,
    positive_milliseconds,
    reconnect_period,
    text,
)


def _text(name: str, default: str = "", *aliases: str) -> ParamKey[str]:
    return ParamKey(name, text, default, aliases)


def _names(name: str, *default: str) -> ParamKey[tuple[str, ...]]:
    return ParamKey(name, names, default)


def _flag(name: str, default: bool) -> ParamKey[bool]:
    return ParamKey(name, boolean, default)


def _int(name: str, default: int) -> ParamKey[int]:
    return ParamKey(name, int32, default)


# -- identity and discovery (KEY-1…31) ------------------------------------------------------------------------------------

INTERFACE = _text("interface")  # the path when absent: use URL.service_interface
GROUP = _text("group")  # consumer: comma list or "*"; registry: root path
VERSION = _text("version")
CLASSIFIER = _text("classifier", "*")
CATEGORY = _text("category", "providers")  # providers, consumers, configurators, routers; comma list or "*" when subscribing
SIDE = _text("side")  # provider, consumer
APPLICATION = _text("application")
APPLICATION_VERSION = _text("application.version")
MODULE = _text("module")
MODULE_VERSION = _text("module.version")
ORGANIZATION = _text("organization")
OWNER = _text("owner")
ARCHITECTURE = _text("architecture")
ENVIRONMENT = _text("environment")
LAYER = _text("layer")
DUBBO = _text("dubbo", "2.0.2")  # protocol version
RELEASE = _text("release")  # version of the implementation, 2.7 and later
REVISION = _text("revision")
TIMESTAMP = ParamKey("timestamp", milliseconds, 0.0)  # moment of export or refer, seconds since 1970
PID = _int("pid", 0)
METHODS = _names("methods")
REMOTE_TIMESTAMP = ParamKey("remote.timestamp", milliseconds, 0.0)  # the provider's timestamp in a merged URL
DYNAMIC = _flag("dynamic", True)  # False: registered by hand, stays when its owner goes
REGISTER = _flag("register", True)
SUBSCRIBE = _flag("subscribe", True)
ENABLED = _flag("enabled", True)
DISABLED = _flag("disabled", False)
CHECK = _flag("check", True)  # fail at start
ANYHOST = _flag("anyhost", False)
LOCALHOST = _flag("localhost", False)
BIND_IP = _text("bind.ip")
BIND_PORT = _int("bind.port", 0)
REGISTER_IP = _text("register.ip")
REGISTRY = _text("registry", "dubbo")  # concrete registry protocol behind registry://
EXPORT = _text("export")  # encoded provider URL
REFER = _text("refer")  # encoded consumer query
BACKUP = _names("backup")
SCOPE = _text("scope")  # none, local, remote
INJVM = _flag("injvm", False)
WEIGHT = _int("weight", 100)
WARMUP = ParamKey("warmup", milliseconds, 600.0)
TAG = _text("tag", "", "dubbo.tag")
TOKEN = _text("token")
DEPRECATED = _flag("deprecated", False)
DOCUMENT = _text("document")
STATUS = _names("status")
MONITOR = _text("monitor")  # encoded monitor URL
USE_AS_CONFIG_CENTER = _flag("use-as-config-center", True)  # on a registry's URL
SIMPLIFIED = _flag("simplified", False)
EXTRA_KEYS = _names("extra-keys")
ZONE = _text("zone")
PREFERRED = _flag("preferred", False)
REGISTRY_TYPE = _text("registry-type")
METADATA_TYPE = _text("metadata-type")
MAPPING_TYPE = _text("mapping-type")
PROVIDED_BY = _names("provided-by")
SUBSCRIBED_SERVICES = _names("subscribed-services")
PUBLISH_INTERFACE = _flag("publish-interface", False)
SERVICE_NAME_MAPPING = _flag("service-name-mapping", False)

# -- invocation (KEY-40…70) -----------------------------------------------------------------------------------------------

TIMEOUT = ParamKey("timeout", positive_milliseconds, 1.0)
REGISTRY_TIMEOUT = ParamKey("timeout", positive_milliseconds, 5.0)  # on a registry's URL
RETRIES = _int("retries", 2)  # further attempts
FAILBACK_RETRIES = _int("retries", 3)  # the same parameter where the cluster is failback
LOAD_BALANCE = _text("loadbalance", "random")
CLUSTER = _text("cluster", "failover")
FORKS = _int("forks", 2)
FAILBACK_TASKS = ParamKey("failbacktasks", positive_int, 100)
ASYNC = _flag("async", False)
SENT = _flag("sent", False)
RETURN = _flag("return", True)  # False: one-way
ACTIVES = _int("actives", 0)
EXECUTES = _int("executes", 0)
TPS = ParamKey("tps", int64, -1)
TPS_INTERVAL = ParamKey("tps.interval", milliseconds, 60.0)
MOCK = _text("mock")
STUB = _text("stub")
LOCAL = _text("local")
MERGER = _text("merger")
CACHE = _text("cache")
VALIDATION = _text("validation")
GENERIC = _text("generic", "false")  # true, nativejava, bean; 2.7: protobuf-json, gson, raw.return
STICKY = _flag("sticky", False)
CLUSTER_AVAILABLE_CHECK = _flag("cluster.availablecheck", True)
LAZY = _flag("lazy", False)
LAZY_INITIAL_STATE = _flag("connect.lazy.initial.state", True)
CONNECTIONS = _int("connections", 0)  # 0: shared
SHARE_CONNECTIONS = ParamKey("shareconnections", positive_int, 1)
MAX_CONNECTIONS = 256
"""Connections to one provider that one user may have; a rule or a provider's URL may ask for any number."""
CALLBACKS = _int("callbacks", 1)
CALLBACK = _flag("callback", False)  # url.get(CALLBACK, "subscribe.1"): argument 1 of subscribe is a callback
ON_CONNECT = _text("onconnect")
ON_DISCONNECT = _text("ondisconnect")
STUB_EVENT = _flag("dubbo.stub.event", False)
STUB_EVENT_METHODS = _names("dubbo.stub.event.methods")
INVOCATION_ID_AUTOATTACH = _flag("invocationid.autoattach", False)
REFERENCE_FILTER = _names("reference.filter")
SERVICE_FILTER = _names("service.filter")
INVOKER_LISTENER = _names("invoker.listener")
EXPORTER_LISTENER = _names("exporter.listener")
ROUTER = _names("router")
HASH_NODES = _int("hash.nodes", 160)
HASH_ARGUMENTS: ParamKey[tuple[int, ...]] = ParamKey("hash.arguments", integers, (0,))
ACCESS_LOG = _text("accesslog")
PROXY = _text("proxy", "javassist")
ENABLE_TIMEOUT_COUNTDOWN = _flag("enable-timeout-countdown", False)
PATH = _text("path")
PROTOCOL = _names("protocol")

# -- transport (KEY-80…103) -----------------------------------------------------------------------------------------------

SERVER = _text("server", "netty", "transporter")
CLIENT = _text("client", "netty", "transporter")
TRANSPORTER = _text("transporter", "netty")
EXCHANGER = _text("exchanger", "header")
CODEC = _text("codec", "dubbo")
SERIALIZATION = _text("serialization", "hessian2")
PREFER_SERIALIZATION = _names("prefer.serialization")  # 3.x
DISPATCHER = _text("dispatcher", "all", "dispather", "channel.handler")
THREAD_POOL = _text("threadpool", "fixed")
CLIENT_THREAD_POOL = _text("threadpool", "cached")
THREADS = _int("threads", 200)
CORE_THREADS = _int("corethreads", 0)
QUEUES = _int("queues", 0)
ALIVE = ParamKey("alive", milliseconds, 60.0)
THREAD_NAME = _text("threadname", "Dubbo")
IO_THREADS = ParamKey("iothreads", positive_int, min((os.cpu_count() or 1) + 1, 32))
PAYLOAD = _int("payload", 8 * 1024 * 1024)  # bytes; 0 and less: no limit
BUFFER = ParamKey("buffer", bounded_int(1024, 16384), 8192)  # bytes
CHARSET = _text("charset", "UTF-8")
CONNECT_TIMEOUT = ParamKey("connect.timeout", positive_milliseconds, 3.0)
HEARTBEAT = ParamKey("heartbeat", milliseconds, 60.0)  # 0: none
HEARTBEAT_TIMEOUT: ParamKey[float | None] = ParamKey("heartbeat.timeout", milliseconds, None)  # three heartbeats when absent
IDLE_TIMEOUT = ParamKey("idle.timeout", milliseconds, 600.0)
ACCEPTS = _int("accepts", 0)  # connections a server takes; 0: no limit
RECONNECT = ParamKey("reconnect", reconnect_period, 2.0)  # 0.0: never
SEND_RECONNECT = _flag("send.reconnect", False)
DECODE_IN_IO = _flag("decode.in.io", False)
IS_SERVER = _flag("isserver", True)
READONLY_SENT = _flag("channel.readonly.sent", True)
READONLY_SEND = _flag("channel.readonly.send", True)
SHUTDOWN_TIMEOUT = ParamKey("shutdown.timeout", milliseconds, 900.0)
SHUTDOWN_WAIT = ParamKey("dubbo.service.shutdown.wait", milliseconds, 10.0)
TELNET = _names("telnet")
PROMPT = _text("prompt", "dubbo>")
OPTIMIZER = _text("optimizer")
BACKLOG = _int("backlog", 1024)
KEEP_ALIVE = ParamKey("keepalive", boolean, True, ("keep.alive",))
EXTENSION = _text("extension")
CONTEXT_PATH = _text("contextpath")
SSL_ENABLED = _flag("ssl-enabled", False)
CONNECT_QUEUE_CAPACITY = _int("connect.queue.capacity", 2**31 - 1)
CONNECT_QUEUE_WARNING_SIZE = _int("connect.queue.warning.size", 1000)

# -- registry and rules (KEY-110…118) -------------------------------------------------------------------------------------

SESSION = ParamKey("session", milliseconds, 60.0)
RETRY_PERIOD = ParamKey("retry.period", positive_milliseconds, 5.0)
RECONNECT_PERIOD = ParamKey("reconnect.period", positive_milliseconds, 3.0)
ENABLE_EMPTY_PROTECTION = _flag("enable-empty-protection", False)  # Dubbo 3
RETRY_TIMES = _int("retry.times", 3)
FILE = _text("file")
SAVE_FILE = _flag("save.file", False)
FILE_CACHE = _flag("file.cache", True)
ZOOKEEPER_CLIENT = _text("client", "curator", "transporter")
PRIORITY = _int("priority", 0)
RULE = _text("rule")
RUNTIME = _flag("runtime", False)
FORCE = _flag("force", False)
TYPE = _text("type")
CONFIG_VERSION = _text("configVersion")
PROVIDER_ADDRESSES = _names("providerAddresses")
COMPATIBLE_CONFIG = _flag("compatible_config", False)
QOS_ENABLE = _flag("qos.enable", True)
QOS_PORT = _int("qos.port", 22222)
QOS_HOST = _text("qos.host")
QOS_ACCEPT_FOREIGN_IP = _flag("qos.accept.foreign.ip", False)
DUMP_DIRECTORY = _text("dump.directory")
