"""The way out: HTTP that reaches public addresses only, and those that the operator allows."""

import ipaddress
from urllib.parse import urlsplit

from django.conf import settings
from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from requests_hardened import Config, HTTPSession
from requests_hardened.ip_filter import InvalidIPAddress
from requests_hardened.ip_filter_adapter import IPFilterAdapter

CONNECT_WITHIN = 5  # seconds
READ_WITHIN = 10
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def session() -> HTTPSession:
    """Return an HTTP session that follows no redirect, uses no proxy, and checks where it connects to."""
    http = HTTPSession(
        Config(
            ip_filter_enable=True,
            ip_filter_allow_loopback_ips=False,
            never_redirect=True,
            default_timeout=(CONNECT_WITHIN, READ_WITHIN),
            user_agent_override="OpenMOSS",
        )
    )
    http.trust_env = False  # a proxy of the environment would connect for us, to wherever it likes
    http.mount("http://", _CheckedAdapter(is_https_proto=False))
    http.mount("https://", _CheckedAdapter(is_https_proto=True))
    return http


class _CheckedAdapter(IPFilterAdapter):
    """Resolve a name once, check the address, and connect to that very address."""

    def build_connection_pool_key_attributes(self, request: PreparedRequest, verify, cert=None):
        try:
            where, how = super().build_connection_pool_key_attributes(request, verify, cert)
            _must_be_public(ipaddress.ip_address(where["host"].strip("[]")))
            return where, how
        except InvalidIPAddress as refused:
            address, name = refused.args[0], urlsplit(request.url).hostname
            if not is_allowed(name, address):
                raise
        where, how = HTTPAdapter.build_connection_pool_key_attributes(self, request, verify, cert)
        where["host"] = f"[{address}]" if address.version == 6 else str(address)
        if where["scheme"] == "https":
            how |= {"assert_hostname": name, "server_hostname": name}
        return where, how


def _must_be_public(address: Address) -> None:
    """Refuse what the library lets through: reserved ranges, and IPv6 that wraps or was private once."""
    if not address.is_global or address.is_reserved or getattr(address, "is_site_local", False):
        raise InvalidIPAddress(address)


def is_allowed(name: str, address: Address) -> bool:
    """Say whether the operator allows this host name or this address although it is not public."""
    return any(name == entry.lower() or address in _network(entry) for entry in settings.WEBHOOK_ALLOW)


def _network(entry: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | tuple:
    try:
        return ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return ()
