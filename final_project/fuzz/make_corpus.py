#!/usr/bin/env python3
"""Writes the seed corpora beside this file, from the byte tables of ../SPEC.md. Run it after changing either."""
import pathlib
import re

HERE = pathlib.Path(__file__).parent


def spec_examples():
    """Name -> bytes, from each heading "### Name ... (N bytes)" and the table below it."""
    examples, name = {}, None
    for line in (HERE.parent / "SPEC.md").read_text().splitlines():
        if heading := re.match(r"### (\w+).*\(\d+ bytes\)$", line):
            name = heading[1]
            examples[name] = b""
        elif line.startswith("#"):
            name = None
        elif name and (row := re.match(r"\| \d+ \| \d+ \| [^|]+ \| `([0-9a-f ]+)` \|", line)):
            examples[name] += bytes.fromhex(row[1])
    return examples


def write(target, files):
    directory = HERE / "corpus" / target
    directory.mkdir(parents=True, exist_ok=True)
    for old in directory.iterdir():
        old.unlink()
    for name, content in files.items():
        (directory / name).write_bytes(content)


def blocks(messages):
    return b"".join(len(m).to_bytes(2, "big") + m for m in messages)


def main():
    spec = spec_examples()
    transport = ("Mold", "Soup", "EndOf", "Binary", "Prefix")
    itch = {n: b for n, b in spec.items() if not n.startswith(transport)}
    mold = {n: b for n, b in spec.items() if n.startswith("Mold")}
    soup = {n: b for n, b in spec.items() if n.startswith("Soup")}

    def header(sequence, count):
        return b"000010059B" + sequence.to_bytes(8, "big") + count.to_bytes(2, "big")

    write("moldudp64_fuzz", mold | {
        "empty_messages": header(1, 3) + blocks([b"", b"A", b""]),
        "trailing_bytes": header(1, 1) + blocks([b"A"]) + b"xyz",
        "sequence_zero": header(0, 1) + blocks([b"A"]),
        "sequence_overflow": header(2**64 - 1, 1) + blocks([b"A"]),
        "block_too_long": header(1, 2) + blocks([b"A"]) + b"\x00\x09B",
        "count_too_large": header(1, 0xFFFE) + blocks([b"A"]),
    })

    book = [itch[n] for n in ("StockDirectory", "AddOrder", "AddOrderMpid", "OrderExecuted", "OrderExecutedWithPrice",
                              "OrderReplace", "OrderCancel", "OrderDelete")]
    write("itch_fuzz", itch | {
        "every_type": blocks(itch.values()),
        "book": blocks(book),
        "duplicate_add": blocks([itch["AddOrder"], itch["AddOrder"], itch["OrderDelete"], itch["OrderDelete"]]),
        "unknown_and_empty": blocks([b"z123", b"", itch["AddOrder"][:20], itch["AddOrder"] + b"more"]),
    })

    snapshot = [itch["SystemEvent"], itch["StockDirectory"], itch["AddOrder"], spec["EndOfSnapshot"]]
    data = b"".join((len(m) + 1).to_bytes(2, "big") + b"S" + m for m in snapshot)
    write("soup_bin_tcp_fuzz", soup | {
        "session": soup["SoupLoginAccepted"] + soup["SoupServerHeartbeat"] + data + soup["SoupEndOfSession"],
        "length_zero": soup["SoupServerHeartbeat"] + b"\x00\x00" + soup["SoupServerHeartbeat"],
        "longer_than_the_small_limit": (150).to_bytes(2, "big") + b"S" + bytes(149),
        "cut_off": soup["SoupLoginRequest"][:30],
    })


if __name__ == "__main__":
    main()
