"""Webhooks reach public addresses only, and what the operator allows; by no name, number or detour others."""

import socket

import pytest
import requests
from requests_hardened.ip_filter import InvalidIPAddress

from notifications.senders.network import session
from notifications.tests.target import web_server

PUBLIC = "93.184.216.34"
NOT_PUBLIC = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2001:db8::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]


class Resolver:
    """Stands in for the system's resolver: each look-up of a name gives the next of its addresses."""

    def __init__(self, monkeypatch) -> None:
        self.names: dict[str, list[str]] = {}
        self.asked: list[str] = []
        self._real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self)

    def __call__(self, host, port, *args, **kwargs):
        self.asked.append(host)
        if host not in self.names:
            return self._real(host, port, *args, **kwargs)
        addresses = self.names[host]
        address = addresses.pop(0) if len(addresses) > 1 else addresses[0]
        return self._real(address, port, *args, **kwargs)


@pytest.fixture
def resolver(monkeypatch) -> Resolver:
    return Resolver(monkeypatch)


@pytest.fixture
def server():
    """A web server on this machine, which is what nobody may reach."""
    with web_server() as server:
        yield server


@pytest.fixture
def connections(monkeypatch) -> list[tuple]:
    """Every address to which a connection is opened; none is."""
    opened = []

    def connect(address, *args, **kwargs):
        opened.append(address)
        raise OSError("not here")

    monkeypatch.setattr("urllib3.util.connection.create_connection", connect)
    return opened


def post(url: str) -> requests.Response:
    with session() as http:
        return http.post(url, data=b"{}", headers={"X-Test": "1"})


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_public_is_refused(address, connections):
    host = f"[{address}]" if ":" in address else address

    for scheme in ("http", "https"):
        with pytest.raises(InvalidIPAddress):
            post(f"{scheme}://{host}/")

    assert connections == []


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_a_name_with_an_address_that_is_not_public_is_refused(address, resolver, connections):
    resolver.names["hook.example"] = [address]

    with pytest.raises(InvalidIPAddress):
        post("https://hook.example/")

    assert connections == []


@pytest.mark.parametrize(
    "host", ["localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "LOCALHOST"]
)
def test_no_way_of_writing_this_machine_is_let_through(host, server):
    with pytest.raises(InvalidIPAddress):
        post(f"http://{host}:{server.port}/")

    assert server.requests == []


@pytest.mark.parametrize("url", ["http://user:word@127.0.0.1:{}/", "http://example.org@127.0.0.1:{}/"])
def test_nor_is_one_that_hides_it_behind_a_user(url, server):
    with pytest.raises(InvalidIPAddress):
        post(url.format(server.port))

    assert server.requests == []


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_connection_goes_to_the_address_that_was_checked(scheme, resolver, connections):
    """A name that changes its address between the check and the connection gains nothing."""
    resolver.names["hook.example"] = [PUBLIC, "169.254.169.254"]

    with pytest.raises(requests.ConnectionError):
        post(f"{scheme}://hook.example/")

    assert {address[0] for address in connections} == {PUBLIC}
    assert resolver.asked.count("hook.example") == 1


def test_an_allowed_name_is_resolved_again_but_only_once_used(settings, resolver, connections):
    settings.WEBHOOK_ALLOW = ["10.0.0.0/8"]
    resolver.names["hook.example"] = ["10.1.2.3", "169.254.169.254"]

    with pytest.raises(requests.ConnectionError):
        post("http://hook.example/")

    assert {address[0] for address in connections} == {"10.1.2.3"}


def test_a_redirect_is_not_followed(settings, server):
    settings.WEBHOOK_ALLOW = ["127.0.0.1"]
    server.answer = (307, {"Location": "http://169.254.169.254/latest/meta-data/"}, b"")

    answer = post(server.url)

    assert answer.status_code == 307
    assert len(server.requests) == 1


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_proxy_of_the_environment_connects_for_us(scheme, monkeypatch, resolver, connections):
    resolver.names["hook.example"] = [PUBLIC]
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:3128")

    with pytest.raises(requests.ConnectionError):
        post(f"{scheme}://hook.example/")

    assert {address[0] for address in connections} == {PUBLIC}


@pytest.mark.parametrize(
    ("allow", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:{}/"),
        ("127.0.0.0/8", "http://127.0.0.1:{}/"),
        ("localhost", "http://localhost:{}/"),
        ("LocalHost", "http://LOCALHOST:{}/"),
        ("127.0.0.1", "http://localhost:{}/"),
        ("10.0.0.0/8,127.0.0.1", "http://[::ffff:127.0.0.1]:{}/"),
    ],
)
def test_what_the_operator_allows_is_reached(settings, server, resolver, allow, url):
    settings.WEBHOOK_ALLOW = allow.split(",")
    resolver.names["localhost"] = resolver.names["LOCALHOST"] = ["127.0.0.1"]

    assert post(url.format(server.port)).status_code == 200


@pytest.mark.parametrize("allow", ["10.0.0.0/8", "example.org", "127.0.0.2", "nonsense/99", "::1", "host"])
def test_nothing_else_is(settings, server, allow):
    settings.WEBHOOK_ALLOW = [allow]

    with pytest.raises(InvalidIPAddress):
        post(f"http://127.0.0.1:{server.port}/")

    assert server.requests == []


def test_the_name_is_told_to_the_server_and_its_certificate_must_fit_it(settings, resolver):
    settings.WEBHOOK_ALLOW = ["10.1.2.3"]
    resolver.names["hook.example"] = ["10.1.2.3"]
    request = requests.Request("POST", "https://hook.example:8443/").prepare()

    with session() as http:
        where, how = http.get_adapter(request.url).build_connection_pool_key_attributes(request, True)

    assert (where["host"], where["port"]) == ("10.1.2.3", 8443)
    assert how["assert_hostname"] == how["server_hostname"] == "hook.example"
    assert how["cert_reqs"] == "CERT_REQUIRED"
    assert request.headers["Host"] == "hook.example:8443"
