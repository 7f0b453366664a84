"""Slow sites, rate limits, redirects, proxies: nothing twice, nothing leaked, nothing endless."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import time

import pytest

BUSY = {"code": "busy", "message": "Slow down.", "data": None}
AT_ONCE = {"Retry-After": "0"}
WRITES = [("post", "create", "Digest"), ("post", "update", "12", "--title", "New"), ("post", "delete", "12")]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_busy_site_is_read_again(writer, blog, status):
    blog.says(BUSY, status=status, headers=AT_ONCE)
    blog.says(BUSY, status=status, headers=AT_ONCE)
    blog.says([])

    said = writer.run("post", "list")

    assert said.code == 0
    assert len(blog.calls) == 3


def test_busy_site_is_read_three_times_at_most(writer, blog):
    blog.says(b"<title>Briefly unavailable</title>", status=503)

    said = writer.run("post", "list")

    assert said.code == 1
    assert "Error 503 not_json: The site answered 503 without JSON: Briefly unavailable\n" in said.out
    assert len(blog.calls) == 3


@pytest.mark.parametrize("write", WRITES, ids=" ".join)
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_write_that_may_have_been_done_is_never_sent_again(writer, blog, write, status):
    blog.says(BUSY, status=status, headers=AT_ONCE)

    said = writer.run(*write)

    assert said.code == 1
    assert len(blog.calls) == 1
    assert ("It may have been done" in said.out) == (status != 503)


@pytest.mark.parametrize("write", WRITES, ids=" ".join)
def test_write_whose_answer_is_lost_is_never_sent_again(writer, blog, write):
    blog.says(drop=True)

    said = writer.run(*write)

    look = "post list --status any" if "create" in write else "post get 12"
    assert said.code == 1
    assert f"Hint: It may have been done: look with `{look}` before you repeat it." in said.out
    assert len(blog.calls) == 1


def test_write_refused_by_a_rate_limit_is_sent_again(writer, blog, post):
    blog.says(BUSY, status=429, headers={"Retry-After": "1"})
    blog.says(post())

    began = time.monotonic()
    said = writer.run("post", "create", "Digest")

    assert said.code == 0
    assert time.monotonic() - began >= 1
    assert [call.body for call in blog.calls] == [{"title": "Digest", "status": "draft"}] * 2


@pytest.mark.parametrize(
    ("asked", "hint"), [("20", "in 20 s."), ("Thu, 26 Nov 2026 09:00:00 GMT", "after Thu, 26 Nov")]
)
def test_long_wait_is_left_to_the_caller(writer, blog, asked, hint):
    blog.says(BUSY, status=429, headers={"Retry-After": asked})

    began = time.monotonic()
    said = writer.run("post", "list")

    assert said.out.startswith("Error 429 busy: Slow down.\n")
    assert f"Hint: Try again {hint}" in said.out
    assert len(blog.calls) == 1
    assert time.monotonic() - began < 3


def test_lost_answer_of_a_read_is_asked_for_again(writer, blog):
    blog.says(drop=True)
    blog.says([])

    assert writer.run("post", "list").code == 0
    assert len(blog.calls) == 2


@pytest.mark.parametrize("write", [("post", "list"), ("post", "create", "Digest")], ids=" ".join)
def test_silent_site_is_not_waited_for_longer_than_the_limit(writer, blog, write):
    blog.says(stall=True)

    began = time.monotonic()
    said = writer.run(*write, WORDPRESS_TIMEOUT="0.3")

    assert said.code == 1
    assert said.out.startswith(f"Error unreachable: No answer from {blog.url}: it took too long.\n")
    assert "WORDPRESS_TIMEOUT sets the seconds (0.3 now)." in said.out
    assert time.monotonic() - began < 3
    assert len(blog.calls) == (2 if "list" in write else 1)


def test_nothing_there_is_said_as_such(writer, open_office):
    gone = open_office()
    gone.close()

    said = writer.run("post", "create", "Digest", WORDPRESS_URL=gone.url)

    assert said.code == 1
    assert said.out.startswith(f"Error unreachable: No answer from {gone.url}: nothing listens there.\n")
    assert "It may have been done" not in said.out


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirect_is_not_followed_and_the_new_address_named(writer, blog, status):
    target = "https://www.example.org/blog/wp-json/wp/v2/posts?page=1"
    blog.says(status=status, headers={"Location": target})

    said = writer.run("post", "list")

    assert said.code == 1
    assert said.out == (
        f"Error redirect: {blog.url} redirects to https://www.example.org/blog/wp-json/wp/v2/posts; "
        "the password was not sent there.\n"
        "Hint: If that is your site, set WORDPRESS_URL=https://www.example.org/blog in the environment.\n"
    )


def test_redirected_password_reaches_nobody(writer, blog, open_office):
    elsewhere = open_office()
    blog.says(status=307, headers={"Location": f"{elsewhere.url}/wp-json/wp/v2/posts"})

    said = writer.run("post", "create", "Digest")

    assert said.code == 1
    assert "set WORDPRESS_URL" not in said.out  # to an address without TLS nobody is sent
    assert not elsewhere.calls


def test_every_call_goes_through_the_proxy(writer, open_office):
    proxy = open_office()
    proxy.says([])

    said = writer.run(
        "post", "list", WORDPRESS_URL="http://blog.test", WORDPRESS_ALLOW_HTTP="1", WORDPRESS_PROXY=proxy.url
    )

    assert said.code == 0
    assert [call.headers["host"] for call in proxy.calls] == ["blog.test"]


def test_https_through_a_proxy_shows_it_neither_path_nor_password(writer, open_office):
    proxy = open_office()

    said = writer.run("post", "create", "X", WORDPRESS_URL="https://blog.test", WORDPRESS_PROXY=proxy.url)

    # It knows no CONNECT, and answers 501.
    assert said.code == 1
    assert said.out.startswith("Error proxy: No answer from https://blog.test: the proxy refused")
    assert "It may have been done" not in said.out
    assert not proxy.calls


def test_proxy_of_the_system_is_not_asked_for_this_machine(writer, blog):
    blog.says([])

    assert (
        writer.run("post", "list", HTTP_PROXY="http://127.0.0.1:9", http_proxy="http://127.0.0.1:9").code == 0
    )


def test_site_without_tls_at_an_https_address_is_told(writer, blog):
    said = writer.run("post", "create", "X", WORDPRESS_URL=blog.url.replace("http:", "https:"))

    assert said.code == 1
    assert said.out.startswith("Error tls: No answer from https://127.0.0.1")
    assert "It may have been done" not in said.out
    assert not blog.calls


@pytest.mark.skipif(not shutil.which("openssl"), reason="there is no openssl to make a certificate with")
def test_certificate_of_nobody_knows_whom_is_refused_until_it_is_named(writer, open_office, tmp_path):
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run([*made, *names], cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    blog = open_office()
    blog.says([])
    blog.server.socket = context.wrap_socket(blog.server.socket, server_side=True)
    url = blog.url.replace("http:", "https:")

    refused = writer.run("post", "list", WORDPRESS_URL=url)
    taken = writer.run("post", "list", WORDPRESS_URL=url, SSL_CERT_FILE=str(tmp_path / "cert.pem"))

    assert refused.code == 1
    assert refused.out.startswith(f"Error tls: No answer from {url}: no secure connection (self")
    assert "SSL_CERT_FILE" in refused.out
    assert taken.code == 0
    assert len(blog.calls) == 1
