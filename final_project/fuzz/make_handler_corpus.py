#!/usr/bin/env python3
"""Writes corpus/handler_fuzz: short days in the step language of handler_fuzz.cpp. Run it after changing that."""
import pathlib

HERE = pathlib.Path(__file__).parent
A, B, REPLY, TCP, NOTHING = 0, 1, 5, 6, 7
BUILT, QUIET = 8, 16  # a packet made near the next number; no poll() afterwards
STRICT, LOOSE = b"\x01", b"\x00"


def built(line, ahead, count, wait=0, kind=2, messages=None):
    """A packet of `count` messages that begins `ahead` of the next number. Loose days give the messages, too."""
    step = bytes([line | BUILT, wait, kind, 64 + ahead, len(messages) if messages is not None else count])
    return step + b"".join(bytes([len(m)]) + m for m in messages or [])


def end(line, ahead=0, wait=0):
    return built(line, ahead, 0, wait, kind=17)


def raw(line, packet, wait=0):
    return bytes([line, wait, len(packet)]) + packet


def pause(wait):
    return bytes([NOTHING, wait])


def tcp(content, wait=1):
    return bytes([TCP, wait, len(content)]) + content


def soup(kind, payload=b""):
    return (len(payload) + 1).to_bytes(2, "big") + kind + payload


def snapshot(next_sequence, *messages):
    return (soup(b"A", b"SESSION00A" + b"1".rjust(20)) + b"".join(soup(b"S", m) for m in messages)
            + soup(b"S", b"G" + str(next_sequence).encode().rjust(20)) + soup(b"Z"))


def add(reference, side=b"B", shares=100, price=10000):
    return (b"A" + (1).to_bytes(2, "big") + bytes(8) + reference.to_bytes(8, "big") + side + shares.to_bytes(4, "big")
            + b"TEST    " + price.to_bytes(4, "big"))


def delete(reference):
    return b"D" + (1).to_bytes(2, "big") + bytes(8) + reference.to_bytes(8, "big")


def header(sequence, count, session=b"SESSION00A"):
    return session + sequence.to_bytes(8, "big") + count.to_bytes(2, "big")


def main():
    late = 20  # squared, in us: more than the gap timer
    big = 255  # 65 ms: requests have been given up
    days = {
        "in_order": STRICT + built(A, 0, 4) + built(B, -4, 4) + built(A, 0, 3) + built(A, 0, 0) + end(A),
        "other_line": STRICT + built(A, 0, 3) + built(A, 2, 3) + built(B, 0, 2) + built(B, 0, 3),
        "overlap": STRICT + built(A, 0, 5) + built(B, -2, 6) + built(A, 3, 4) + built(A, 5, 9) + built(B, -1, 6),
        "rerequest": STRICT + built(A, 0, 3) + built(A, 4, 3) + pause(late) + built(REPLY, 0, 2) + built(REPLY, 0, 2),
        "given_up": STRICT + built(A, 0, 3) + built(A, 4, 3) + pause(big) + pause(big) + built(A, 0, 1),
        "tail": STRICT + built(A, 0, 3) + end(B, 4) + pause(late) + built(REPLY, 0, 9),
        "snapshot": STRICT + built(A, 0, 3) + built(A, 120, 5) + pause(late) + tcp(snapshot(125, b"S", add(1)))
        + pause(1) + built(A, 0, 4),
        "snapshot_below": STRICT + built(A, 0, 3) + built(A, 120, 5) + pause(late) + tcp(snapshot(121)) + pause(1)
        + pause(late) + built(REPLY, 0, 4),
        "snapshot_cut": STRICT + built(A, 0, 3) + built(A, 120, 5) + pause(late) + tcp(snapshot(125)[:60]) + pause(big)
        + tcp(snapshot(125)) + pause(1),
        "next_day": STRICT + built(A, 0, 3) + end(A) + built(A, 0, 2, kind=130) * 4,
        "window_full": STRICT + built(A, 0, 1) + built(A | QUIET, 10, 60) + built(A | QUIET, 75, 60) * 2
        + built(B | QUIET, 127, 60) + pause(late),
        "books": LOOSE + built(A, 0, 2, messages=[add(1), add(2, b"S", 5, 10100)])
        + built(B, 0, 2, messages=[delete(1), b"", delete(9)]),
        "raw": LOOSE + raw(A, header(1, 1) + b"\x00\x13" + delete(1)) + raw(B, header(1, 2) + b"\x00\x00")
        + raw(A, header(9, 0)) + raw(B, header(2, 0xFFFF)) + raw(A, header(2**63, 1) + b"\x00\x00")
        + raw(A, header(1, 0, b"FOREIGN00F")) + raw(A, b"short"),
    }
    directory = HERE / "corpus" / "handler_fuzz"
    directory.mkdir(parents=True, exist_ok=True)
    for old in directory.iterdir():
        old.unlink()
    for name, content in days.items():
        (directory / name).write_bytes(content)


if __name__ == "__main__":
    main()
