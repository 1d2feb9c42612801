import socket

import pytest

from tests.conftest import NetworkBlockedError


def test_a_test_cannot_connect_beyond_this_machine() -> None:
    with (
        socket.socket() as client,
        pytest.raises(NetworkBlockedError, match=r"192\.0\.2\.1"),
    ):
        client.connect(("192.0.2.1", 80))


def test_a_test_cannot_send_a_datagram_beyond_this_machine() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
        pytest.raises(NetworkBlockedError),
    ):
        client.sendto(b"hello", ("192.0.2.1", 53))


def test_a_test_cannot_resolve_a_name() -> None:
    with pytest.raises(NetworkBlockedError, match=r"example\.org"):
        socket.getaddrinfo("example.org", 80)


def test_a_test_can_reach_its_own_server() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
    ):
        assert client.getpeername() == server.getsockname()
