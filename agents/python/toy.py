#!/usr/bin/env python3
"""A toy copy-on-write store in Python that speaks cowcheck's line protocol (docs/protocol.md).

Try it:  npx cowcheck fuzz --command 'python3 toy.py'           it holds
         npx cowcheck fuzz --command 'python3 toy.py --wrong'   a seeded bug: a store to a shared page copies nothing
"""

import os
import sys

WRONG = "--wrong" in sys.argv[1:]
GREETING = (
    "cowcheck 1 name=toy-python ops=fork,exit,read,write layout=data "
    "inspect=frame,writable,count,contents dialect=refusedAccess:signalled"
)
INIT = -1


class Frame:
    """A page's bytes and how many pages of processes are backed by them."""

    made = 0

    def __init__(self, data):
        Frame.made += 1
        self.token, self.data, self.count = Frame.made, bytearray(data), 1


class Store:
    """Who lives, and which frame backs each page."""

    def __init__(self, page_size, limit, pages):
        self.page_size, self.limit = page_size, limit
        first = [Frame((page * 31 + j + 1) & 255 for j in range(page_size)) for page in range(pages)]
        self.memory = {0: first}
        self.parent = {0: INIT}
        self.released, self.gone = [], []

    def fork(self, process, child):
        if child in self.parent:
            return "taken"
        if len(self.parent) >= self.limit:
            return "refused processes"
        for frame in self.memory[process]:
            frame.count += 1
        self.memory[child] = list(self.memory[process])
        self.parent[child] = process
        return f"forked {child} 0"

    def exit(self, process, _status):
        for frame in self.memory.pop(process):
            self.release(frame)
        self.gone.append(process)
        orphaned = {c: INIT if p == process else p for c, p in self.parent.items()}
        # init waits for its children at once; others stay taken until their parent ends.
        self.parent = {c: p for c, p in orphaned.items() if p != INIT or c in self.memory}
        return "ok"

    def release(self, frame):
        frame.count -= 1
        if frame.count == 0:
            self.released.append(frame)

    def read(self, process, page, offset, length):
        if page >= len(self.memory[process]):
            return "signalled"
        data = self.memory[process][page].data[offset : offset + length]
        return f"bytes {data.hex()}" if length <= 64 else f"digest {digest(data):08x}"

    def write(self, process, page, offset, length, value):
        pages = self.memory[process]
        if page >= len(pages):
            return "signalled"
        frame = pages[page]
        if frame.count > 1 and not WRONG:
            self.release(frame)
            frame = pages[page] = Frame(frame.data)
        pattern = value.to_bytes(4, "little")
        frame.data[offset : offset + length] = bytes(pattern[i % 4] for i in range(length))
        return "ok"

    def show(self):
        """Everything there is, after every op: simple, and always right."""
        sections = [f"p {process} -" for process in self.gone if process not in self.memory]
        frames = {frame.token: frame for frame in self.released}
        for process, pages in self.memory.items():
            entries = (f"{n}:{f.token}:{'w' if f.count == 1 else '-'}" for n, f in enumerate(pages))
            sections.append(f"p {process} {process} {' '.join(entries)}")
            frames.update((frame.token, frame) for frame in pages)
        self.released, self.gone = [], []
        counts = " ".join(f"{f.token}:{f.count}:{int(f.count == 0)}:0" for f in frames.values())
        contents = " ".join(f"{f.token}:{f.data.hex()}" for f in frames.values() if f.count > 0)
        sections += [f"f {counts}", f"c {contents}"]
        return "".join(f" ; {section}" for section in sections)


def digest(data):
    value = 0x811C9DC5
    for byte in data:
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


class Agent:
    """From a line to its answer."""

    def __init__(self):
        self.store, self.world, self.letters, self.inspecting = None, (8, 1), "", False

    def answer(self, line):
        word, *rest = line.split()
        if word == "cowcheck":
            return GREETING if rest == ["1"] else "error version 1 only"
        if word == "sync":
            return f"sync {rest[0]}"
        if word == "world":
            self.world, self.letters = (int(rest[0]), int(rest[1])), ""
            self.inspecting = rest[3] == "1"
        elif word == "image":
            self.letters = self.letters or rest[1]
        elif word == "inspect":
            self.inspecting = rest == ["1"]
        elif word == "reset":
            self.store = Store(*self.world, len(self.letters))
            return "ok" + self.shown()
        elif self.store is None or word not in ("fork", "exit", "read", "write"):
            return f"error there is no {word} here"
        else:
            process, *numbers = map(int, rest)
            alive = process in self.store.memory
            return (getattr(self.store, word)(process, *numbers) if alive else "absent") + self.shown()
        return "ok"

    def shown(self):
        return self.store.show() if self.inspecting else ""


def main():
    agent, rest = Agent(), b""
    # Answers go out when there is nothing more to read, so that batches are fast and a person can type.
    while chunk := os.read(0, 1 << 16):
        *lines, rest = (rest + chunk).split(b"\n")
        sys.stdout.write("".join(agent.answer(line.decode()) + "\n" for line in lines))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
