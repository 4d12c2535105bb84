"""lln-echo-server from outside, by a client that shares no code with it: the protocol written a second time."""

import json
import os
import signal
import socket
import struct
import subprocess
import tempfile
import unittest

SERVER = os.environ["LLN_ECHO_SERVER"]
PATIENCE = 20

HEADER = struct.Struct("!4sBBHQQQQ")  # magic, version, type, length, id, client stamp, server_rx, server_tx
REQUEST, RESPONSE, GOODBYE = 1, 2, 3
SHUTTING_DOWN = 14


def request(number, payload=b"hello"):
    return HEADER.pack(b"LLNE", 1, REQUEST, len(payload), number, 42, 0, 0) + payload


def receive(stream):
    """One message of a stream: its header's fields and its payload; None at the end."""
    head = stream.read(HEADER.size)
    if len(head) < HEADER.size:
        return None
    fields = HEADER.unpack(head)
    return fields, stream.read(fields[3])


class Server:
    def __init__(self, *arguments):
        self.process = subprocess.Popen([SERVER, *arguments], stdout=subprocess.PIPE, text=True)
        self.endpoints = {}
        for line in self.process.stdout:
            word, _, rest = line.strip().partition(" ")
            if word == "ready:":
                break
            self.endpoints[word] = rest

    def address(self, kind):
        host, port = self.endpoints[kind].split(":")
        return host, int(port)

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        output, _ = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, output

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()


class Program(unittest.TestCase):
    def ask(self, connection, number):
        connection.settimeout(PATIENCE)
        connection.sendall(request(number) * 3)
        with connection.makefile("rb") as stream:
            for _ in range(3):
                (magic, version, kind, _, identity, stamp, received, sent), payload = receive(stream)
                self.assertEqual((magic, version, kind), (b"LLNE", 1, RESPONSE))
                self.assertEqual((identity, stamp, payload), (number, 42, b"hello"))
                self.assertLess(0, received)
                self.assertLessEqual(received, sent)

    def test_all_three_sockets_and_the_report(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "socket")
            report = os.path.join(folder, "report.json")
            with Server("--tcp", "127.0.0.1:0", "--udp", "127.0.0.1:0", "--unix", path, "--json", report) as server:
                with socket.create_connection(server.address("tcp"), PATIENCE) as tcp:
                    self.ask(tcp, 1)
                with socket.socket(socket.AF_UNIX) as unix:
                    unix.connect(path)
                    self.ask(unix, 2)
                with socket.socket(type=socket.SOCK_DGRAM) as udp:
                    udp.settimeout(PATIENCE)
                    udp.connect(server.address("udp"))
                    udp.send(request(3))
                    answer = udp.recv(100)
                    self.assertEqual(answer[:24], request(3)[:5] + bytes([RESPONSE]) + request(3)[6:24])
                code, output = server.end()
            self.assertEqual(code, 0)
            self.assertIn("requests 7 ", output)
            self.assertFalse(os.path.exists(path), "the socket's file goes with the server")
            with open(report) as file:
                counts = json.load(file)
            self.assertEqual((counts["requests"], counts["accepted"], counts["cut_off"]), (7, 2, 0))

    def test_stamps_are_what_they_are_said_to_be(self):
        with tempfile.TemporaryDirectory() as folder:
            report = os.path.join(folder, "report.json")
            arguments = ["--stamps", "hardware", "--departures", "--json", report]
            with Server("--udp", "127.0.0.1:0", *arguments) as server:
                self.assertTrue(server.endpoints["stamps"].startswith("software, by the kernel; lo "))
                with socket.socket(type=socket.SOCK_DGRAM) as udp:
                    udp.settimeout(PATIENCE)
                    udp.connect(server.address("udp"))
                    for number in range(20):
                        udp.send(request(number))
                        udp.recv(100)
                code, output = server.end()
            self.assertEqual(code, 0)
            self.assertIn("time stamps: " + server.endpoints["stamps"], output)
            with open(report) as file:
                counts = json.load(file)
            self.assertEqual(counts["departure_ns"]["n"], counts["through_ns"]["n"])
            unfinished = counts["departures_unstamped"] + counts["departures_backwards"]
            self.assertEqual(counts["departure_ns"]["n"] + unfinished, 20)
            self.assertEqual(counts["requests"], 20)

    def test_ctrl_c_says_goodbye(self):
        with Server("--tcp", "127.0.0.1:0") as server:
            with socket.create_connection(server.address("tcp"), PATIENCE) as connection:
                self.ask(connection, 1)
                server.process.send_signal(signal.SIGINT)
                with connection.makefile("rb") as stream:
                    fields, payload = receive(stream)
                    self.assertEqual((fields[2], payload[0]), (GOODBYE, SHUTTING_DOWN))
                    self.assertIsNone(receive(stream))
            output, _ = server.process.communicate(timeout=PATIENCE)
            self.assertEqual(server.process.returncode, 0)
            self.assertIn("shutting_down 1", output)

    def test_arguments(self):
        for arguments, words in [
            (["--tcp", "here"], "not an address and port"),
            (["--back-end", "magic"], "--back-end"),
            (["--stamps", "magic"], "--stamps"),
            (["--stamps", "kernel", "--tcp", "127.0.0.1:0"], "only datagrams"),
            (["--stamps", "hardware", "--udp", "0.0.0.0:0"], "--interface"),
            (["--interface", "lo", "--udp", "127.0.0.1:0"], "interface lo"),
            (["--departures", "--udp", "127.0.0.1:0"], "receive stamp"),
            (["--max-payload", "99999"], "max_payload"),
            (["--unix", "/no/such/folder/socket"], "bind to Unix socket '/no/such/folder/socket'"),
        ]:
            result = subprocess.run([SERVER, *arguments], capture_output=True, text=True, timeout=PATIENCE)
            self.assertNotEqual(result.returncode, 0, arguments)
            self.assertIn(words, result.stderr)

    def test_dpdk_asks_for_a_back_end_that_spins_or_is_not_there(self):
        arguments = [SERVER, "--udp", "127.0.0.1:7", "--dpdk", "none"]
        result = subprocess.run(arguments, capture_output=True, text=True, timeout=PATIENCE)
        self.assertIn((result.returncode, "built without" in result.stderr), [(1, False), (77, True)])
        if result.returncode == 1:
            self.assertIn("only the back end spin", result.stderr)

    def test_help_teaches(self):
        text = subprocess.run([SERVER, "--help"], capture_output=True, text=True, check=True).stdout
        for word in ("epoll", "io_uring", "spin", "CPU of its own", "--drain", "--stamps", "--dpdk"):
            self.assertIn(word, text)


if __name__ == "__main__":
    unittest.main(verbosity=1)
