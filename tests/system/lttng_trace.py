#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernel traces as LTTng writes them, for tests/system/lttng.sh.

    lttng_trace.py write DIRECTORY [contexts|old|bare|sched] [SEED]   a trace of threads on four CPUs
    lttng_trace.py count TEXT     "NAME CALLS ERRORS NANOSECONDS" of each call in what babeltrace2
                                  prints of it, by rules of its own
    lttng_trace.py json FILE      the same of a report of stop
    lttng_trace.py split TEXT, splitjson FILE    the same with "NAME CALLS RUNNABLE BLOCKED", of calls
                                  whose time is split

contexts: events have vtid, vpid and procname, and there is no sched_switch; old: names as of LTTng
before 2.5; bare: neither contexts nor sched_switch; sched: threads wait in their calls, and wake each
other.
"""
import collections
import json
import os
import random
import re
import struct
import sys

CPUS = 4
UUID = bytes(range(16))
CLOCK_OFFSET_S = 1500000000

HEAD = '''/* CTF 1.8 */
typealias integer { size = 8; align = 8; signed = false; } := uint8_t;
typealias integer { size = 16; align = 8; signed = false; } := uint16_t;
typealias integer { size = 32; align = 8; signed = false; } := uint32_t;
typealias integer { size = 64; align = 8; signed = false; } := uint64_t;
typealias integer { size = 32; align = 8; signed = true; } := int32_t;
typealias integer { size = 64; align = 8; signed = true; } := int64_t;
typealias integer { size = 64; align = 8; signed = false; base = 16; } := hex64_t;
trace {
	major = 1; minor = 8; byte_order = le; uuid = "00010203-0405-0607-0809-0a0b0c0d0e0f";
	packet.header := struct { uint32_t magic; uint8_t uuid[16]; uint32_t stream_id; };
};
env { hostname = "host"; domain = "kernel"; sysname = "Linux"; tracer_name = "lttng-modules"; };
clock { name = monotonic; freq = 1000000000; offset_s = %d; };
typealias integer { size = 64; align = 8; map = clock.monotonic.value; } := stamp_t;
stream {
	id = 0;
	event.header := struct { uint16_t id; stamp_t timestamp; };
	packet.context := struct {
		stamp_t timestamp_begin; stamp_t timestamp_end; uint64_t content_size;
		uint64_t packet_size; uint64_t events_discarded; uint32_t cpu_id;
	};
%s};
'''
CONTEXT = '''	event.context := struct { int32_t _vpid; int32_t _vtid; uint8_t _pad; string _procname; };
'''

# The fields of events by their types; calls have those of their entry.
TYPES = {"int32_t": "<i", "int64_t": "<q", "uint32_t": "<I", "uint64_t": "<Q", "hex64_t": "<Q"}
CALLS = {
    "openat": [("int32_t", "dfd"), ("string", "filename"), ("int32_t", "flags"), ("uint32_t", "mode")],
    "read": [("uint32_t", "fd"), ("hex64_t", "buf"), ("uint64_t", "count")],
    "write": [("uint32_t", "fd"), ("hex64_t", "buf"), ("uint64_t", "count")],
    "close": [("uint32_t", "fd")],
    "newfstat": [("uint32_t", "fd"), ("hex64_t", "statbuf")],
    "mmap": [("hex64_t", "addr"), ("uint64_t", "len"), ("uint64_t", "prot"), ("uint64_t", "flags"),
             ("uint64_t", "fd"), ("uint64_t", "offset")],
    "futex": [("hex64_t", "uaddr"), ("int32_t", "op"), ("uint32_t", "val"), ("hex64_t", "utime"),
              ("hex64_t", "uaddr2"), ("uint32_t", "val3")],
    "getpid": [],
    "fancy_new_call": [("uint64_t", "a")],
}
OTHERS = {
    "sched_switch": [("string", "prev_comm"), ("int32_t", "prev_tid"), ("int32_t", "prev_prio"),
                     ("int64_t", "prev_state"), ("string", "next_comm"), ("int32_t", "next_tid"),
                     ("int32_t", "next_prio")],
    "sched_process_fork": [("string", "parent_comm"), ("int32_t", "parent_tid"),
                           ("int32_t", "parent_pid"), ("string", "child_comm"),
                           ("int32_t", "child_tid"), ("int32_t", "child_pid")],
    "sched_process_exit": [("string", "comm"), ("int32_t", "tid"), ("int32_t", "prio")],
    "lttng_statedump_process_state": [("int32_t", "tid"), ("int32_t", "pid"), ("int32_t", "ppid"),
                                      ("string", "name"), ("int32_t", "type"),
                                      ("hex64_t", "file_table_address")],
    "lttng_statedump_file_descriptor": [("hex64_t", "file_table_address"), ("int32_t", "fd"),
                                        ("string", "filename")],
    "sched_waking": [("string", "comm"), ("int32_t", "tid"), ("int32_t", "prio"), ("int32_t", "target_cpu")],
    "kmem_kfree": [("hex64_t", "ptr")],
}
ERRORS = [2, 9, 11, 13, 22]


class Trace:
    """The events of each CPU, written as packets."""

    def __init__(self, kind):
        self.kind = kind
        self.ids = {}
        self.events = []
        self.streams = [[] for _ in range(CPUS)]
        for name, fields in OTHERS.items():
            self.declare(name, fields)
        for name, fields in list(CALLS.items()) + [("clone", [("hex64_t", "clone_flags"),
                                                             ("hex64_t", "newsp")]),
                                                   ("exit_group", [("int32_t", "error_code")])]:
            self.declare(self.entry(name), fields)
            if kind != "old":
                self.declare("syscall_exit_" + name, [("int64_t", "ret")])
        if kind == "old":
            self.declare("exit_syscall", [("int64_t", "ret")])

    def entry(self, name):
        return ("sys_" if self.kind == "old" else "syscall_entry_") + name

    def exit(self, name):
        return "exit_syscall" if self.kind == "old" else "syscall_exit_" + name

    def declare(self, name, fields):
        self.ids[name] = (len(self.ids), fields)

    def add(self, cpu, now, thread, name, *values):
        number, fields = self.ids[name]
        data = struct.pack("<HQ", number, now)
        if self.kind == "contexts":
            data += struct.pack("<iiB", thread.pid, thread.tid, 0) + thread.comm.encode() + b"\0"
        for (kind, _), value in zip(fields, values, strict=True):
            data += value.encode() + b"\0" if kind == "string" else struct.pack(TYPES[kind], value)
        self.streams[cpu].append((now, data))

    def write(self, directory):
        os.mkdir(directory)
        text = HEAD % (CLOCK_OFFSET_S, CONTEXT if self.kind == "contexts" else "")
        for name, (number, fields) in self.ids.items():
            members = " ".join(f"{kind} _{field};" for kind, field in fields)
            text += (f'event {{ name = "{name}"; id = {number}; stream_id = 0; '
                     f'fields := struct {{ {members} }}; }};\n')
        with open(os.path.join(directory, "metadata"), "w") as out:
            out.write(text)
        for cpu, events in enumerate(self.streams):
            with open(os.path.join(directory, f"channel0_{cpu}"), "wb") as out:
                for at in range(0, len(events), 100):
                    out.write(self.packet(cpu, events[at:at + 100]))

    def packet(self, cpu, events):
        content = b"".join(data for _, data in events)
        head = struct.pack("<I16sI", 0xC1FC1FC1, UUID, 0)
        size = len(head) + 44 + len(content)
        head += struct.pack("<QQQQQI", events[0][0], events[-1][0], 8 * size, 8 * size, 0, cpu)
        return head + content


class Thread:
    def __init__(self, tid, pid, comm):
        self.tid, self.pid, self.comm = tid, pid, comm
        self.call = None  # that it is in


IDLE = Thread(0, 0, "swapper")


class Machine:
    """Threads that make calls, and move between CPUs in the middle of them."""

    def __init__(self, trace, seed):
        self.trace, self.random, self.now = trace, random.Random(seed), 1000000
        self.running = [IDLE] * CPUS
        self.waiting = [Thread(100 + i, 100 + i // 3 * 3, f"task{i // 3}") for i in range(12)]
        self.blocked = []
        self.next_tid = 1000

    def step(self):
        self.now += self.random.randrange(1, 5000)
        cpu = self.random.randrange(CPUS)
        thread = self.running[cpu]
        if self.blocked and self.random.random() < 0.3:
            self.wake(cpu, self.blocked.pop(self.random.randrange(len(self.blocked))))
        elif thread is IDLE or self.random.random() < 0.2:
            self.switch(cpu)
        elif thread.call:
            self.leave_call(cpu, thread)
        else:
            self.enter_call(cpu, thread)
        if self.random.random() < 0.1:
            self.trace.add(cpu, self.now, thread, "kmem_kfree", 0xffff800000001000)

    def switch(self, cpu):
        before, state = self.running[cpu], 0
        if self.trace.kind == "sched" and before.call not in (None, "gone", "child") and len(self.waiting) > 1:
            # One that is preempted has a state of its own in newer kernels.
            state = self.random.choice([0, 1, 2, 256])
        if state & 0xff:
            self.blocked.append(before)
        elif before is not IDLE and before.call != "gone":
            self.waiting.append(before)
        after = self.waiting.pop(self.random.randrange(len(self.waiting)))
        self.running[cpu] = after
        if self.trace.kind not in ("contexts", "bare"):
            self.trace.add(cpu, self.now, before, "sched_switch", before.comm, before.tid, 20, state,
                           after.comm, after.tid, 20)

    def wake(self, cpu, thread):
        self.trace.add(cpu, self.now, self.running[cpu], "sched_waking", thread.comm, thread.tid, 20, cpu)
        self.waiting.append(thread)

    def arguments(self, name):
        for kind, field in CALLS[name]:
            if field == "dfd":
                yield -100
            elif kind == "string":
                yield self.random.choice(["/etc/passwd", "/tmp/a b", '/tmp/"<x>\\', "/none"])
            else:
                yield self.random.randrange(0, 64)

    def enter_call(self, cpu, thread):
        if self.random.random() < 0.02:
            thread.call = "clone"
            is_thread = self.random.random() < 0.5
            self.trace.add(cpu, self.now, thread, self.trace.entry("clone"),
                           0x3d0f00 if is_thread else 0x1200011, 0)
            self.now += 10
            child = Thread(self.next_tid, thread.pid if is_thread else self.next_tid, thread.comm)
            self.next_tid += 1
            self.trace.add(cpu, self.now, thread, "sched_process_fork", thread.comm, thread.tid,
                           thread.pid, child.comm, child.tid, child.pid)
            child.call = "child"
            self.waiting.append(child)
        elif len(self.waiting) > 8 and self.random.random() < 0.01:
            self.trace.add(cpu, self.now, thread, self.trace.entry("exit_group"), 3)
            self.now += 10
            self.trace.add(cpu, self.now, thread, "sched_process_exit", thread.comm, thread.tid, 20)
            thread.call = "gone"
            self.switch(cpu)
        else:
            thread.call = self.random.choice(list(CALLS))
            self.trace.add(cpu, self.now, thread, self.trace.entry(thread.call),
                           *self.arguments(thread.call))

    def leave_call(self, cpu, thread):
        name, thread.call = thread.call, None
        if name == "child":
            self.trace.add(cpu, self.now, thread, self.trace.exit("clone"), 0)
        elif name == "clone":
            self.trace.add(cpu, self.now, thread, self.trace.exit(name), self.next_tid - 1)
        elif self.random.random() < 0.2:
            self.trace.add(cpu, self.now, thread, self.trace.exit(name),
                           -self.random.choice(ERRORS))
        else:
            self.trace.add(cpu, self.now, thread, self.trace.exit(name),
                           0x7f0000001000 if name == "mmap" else self.random.randrange(0, 64))

    def dump_state(self):
        for thread in self.waiting:
            table = 0xffff888000000000 + thread.pid * 64
            self.trace.add(0, self.now, IDLE, "lttng_statedump_process_state", thread.tid,
                           thread.pid, 1, thread.comm, 0, table)
            if thread.tid == thread.pid:
                self.trace.add(0, self.now, IDLE, "lttng_statedump_file_descriptor", table, 5,
                               "/var/log/of " + thread.comm)
            self.now += 1


def write(directory, kind="plain", seed="1"):
    trace = Trace(kind)
    machine = Machine(trace, seed)
    machine.dump_state()
    for _ in range(5000):
        machine.step()
    trace.write(directory)


def count(path):
    """By sched_switch, or the context vtid: whose event it is."""
    line_pattern = re.compile(r"^\[(\d+)\.(\d+)\] .*? (\w+): \{ cpu_id = (\d+) \}, (.*)$")
    events = []
    running, since = {}, {}
    with open(path) as text:
        for line in text:
            seconds, part, name, cpu, rest = line_pattern.match(line).groups()
            events.append((int(seconds) * 10**9 + int(part), name, cpu, rest))
            if name == "sched_switch":
                running.setdefault(cpu, re.search(r"prev_tid = (\d+)", rest)[1])
    calls = collections.defaultdict(lambda: [0, 0, 0])
    for now, name, cpu, rest in events:
        context = re.search(r"vtid = (\d+)", rest)
        thread = context[1] if context else running.get(cpu)
        entry = re.match(r"(?:syscall_entry_|sys_)(\w+)", name)
        leave = re.match(r"(?:syscall_exit_|exit_syscall)", name)
        if name == "sched_switch":
            running[cpu] = re.search(r"next_tid = (\d+)", rest)[1]
        elif entry and entry[1] in ("exit", "exit_group"):
            calls[entry[1]][0] += 1
            since.pop(thread, None)
        elif entry and thread:
            since[thread] = entry[1], now
        elif leave and thread in since:
            call, start = since.pop(thread)
            result = int(re.search(r"\bret = (-?\d+)", rest)[1])
            calls[call][0] += 1
            calls[call][1] += result < 0
            calls[call][2] += now - start
        elif leave and not thread:
            result = int(re.search(r"\bret = (-?\d+)", rest)[1])
            call = name[len("syscall_exit_"):]
            # A child returns from the call that has made it.
            if call != "clone" or result:
                calls[call][0] += 1
                calls[call][1] += result < 0
    # What has not returned has lasted until the last event.
    last = events[-1][0]
    for call, start in since.values():
        calls[call][2] += last - start
    return calls


def split(path):
    """Of calls that begin after the first switch of their CPU, and end after the first waking: nothing is
    known of waits in traces that have none."""
    pattern = re.compile(r"^\[(\d+)\.(\d+)\] .*? (\w+): \{ cpu_id = (\d+) \}, (.*)$")
    running, places, inside, has_wakings = {}, {}, {}, False
    sums = collections.defaultdict(lambda: [0, 0, 0])
    with open(path) as text:
        for line in text:
            seconds, part, name, cpu, rest = pattern.match(line).groups()
            now = int(seconds) * 10**9 + int(part)
            field = lambda key: int(re.search(r"\b%s = (-?\d+)" % key, rest)[1])

            def go(tid, place):
                before, since = places.get(tid, ("", now))
                if tid in inside and before in inside[tid]:
                    inside[tid][before] += now - since
                places[tid] = place, now
            if name == "sched_switch":
                go(field("prev_tid"), "blocked" if field("prev_state") & 0xff else "runnable")
                go(field("next_tid"), "cpu")
                running[cpu] = field("next_tid")
            elif name == "sched_waking":
                go(field("tid"), "runnable")
                has_wakings = True
            elif name.startswith("syscall_entry_") and running.get(cpu):
                inside[running[cpu]] = {"name": name[14:], "runnable": 0, "blocked": 0}
            elif name.startswith("syscall_exit_") and running.get(cpu) in inside:
                call = inside.pop(running[cpu])
                if not has_wakings:
                    continue
                row = sums[call["name"]]
                row[0] += 1
                row[1] += call["runnable"]
                row[2] += call["blocked"]
            elif name == "sched_process_exit":
                inside.pop(field("tid"), None)
    return sums


def split_json(path):
    with open(path) as report:
        rows = json.load(report)["syscalls"]
    return {row["name"]: (row["split"]["calls"], row["split"]["runnable_ns"], row["split"]["blocked_ns"])
            for row in rows if row.get("split")}


def count_json(path):
    with open(path) as report:
        rows = json.load(report)["syscalls"]
    return {row["name"]: (row["calls"], row["errors"], row["total_ns"]) for row in rows
            if row["calls"]}


def main(what, *arguments):
    if what == "write":
        write(*arguments)
        return
    makers = {"count": count, "json": count_json, "split": split, "splitjson": split_json}
    calls = makers[what](*arguments)
    names = {"newfstat": "fstat", "fancy_new_call": "syscall_960"}
    for line in sorted(f"{names.get(name, name)} {row[0]} {row[1]} {row[2]}"
                       for name, row in calls.items()):
        print(line)


main(*sys.argv[1:])
