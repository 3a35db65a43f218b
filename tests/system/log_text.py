#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Runs programs under `strace -f -yy` and under `stop --log`, and compares what they print for each
call, line by line.

What depends on the run is replaced first: PIDs, addresses, times. What still does is found by running
strace twice: only lines that strace prints both times are compared. Each has to be in the log of
stop; at most 1 % may be missing. Those are listed, with the reason where it is known: see REASONS.

The names of descriptors are compared by tests of their own: they are removed here.

    log_text.py [PATTERN]    only the programs that match
"""
import collections
import os
import re
import shutil
import subprocess
import sys
import tempfile

STOP = os.environ['STOP']
ENGINE = os.environ.get('ENGINE', 'ptrace')
TRACEES = os.environ['TRACEES']

# The share of lines that may differ, and how many programs there have to be.
LIMIT = 0.01
PROGRAMS_MIN = 60

# For how long a program may run.
TIMEOUT_S = 120

# Why lines differ: a pattern for strace's line.
REASONS = [
    (r'rt_sigreturn\(|sigreturn\(', 'the mask is on the stack, not in an argument'),
    (r'nlmsg_len=', 'messages of netlink are shown as bytes'),
    (r'SO_(RCV|SND)TIMEO', 'strace 6.1 shows the time as bytes'),
    (r'perf_event_open\(|bpf\(|io_uring_setup\(', 'strace shows more of the structure'),
    (r'syscall_0x', 'calls without a name have decimal numbers'),
    (r'set_thread_area\(', 'the structure has flags of bits'),
    (r'ioctl\(\w+, \w+ or ', 'a request has several names: that which is decoded is shown'),
    (r' = \? ERESTART', 'the error is that which the program gets'),
    (r'/\* \w*\?\?\? \*/', 'what names have in common is found otherwise'),
    (r'init_module\(0x', 'nothing is read of an empty buffer'),
    (r'^futex\(', 'depends on the order of threads'),
    (r'membarrier\(MEMBARRIER_CMD_QUERY', 'the result is shown as a number'),
]

# Arguments of a program, or text for a shell. {T}: the directory of the target programs. "~ ": how
# often it makes a call depends on how fast it is, so that each line is compared once.
PROGRAMS = '''
ls -l /etc/hostname
cat file
cp file copy
mv copy moved
ln -sf file link
readlink -f link
rm -f moved link
mkdir -p d/e/f
rmdir d/e/f
touch -d 2020-01-01T00:00:00Z file
chmod 600 file
chown root:root file
truncate -s 100 sparse
dd if=/dev/zero of=zeros bs=1k count=5
sync file
mkfifo fifo
rm -f fifo
head -3 file
tail -3 file
tail -c 5 file
sort file
uniq file
cut -d: -f1 file
tr a b <file
wc file
tac file
od -c file
md5sum file
sha256sum file
base64 file
seq 1 10
expr 1 + 2
test -f file
env -i PATH=/usr/bin:/bin true
printenv HOME
nproc
tty
whoami
groups
hostname
timeout 10 true
nice -n 5 true
stdbuf -o0 echo a
tee teed <file
du -s .
df -h .
stat file
id
uname -a
date
sleep 0.01
sed -n 1p file
awk '{print $1}' file
grep -r root .
grep -c x file
find . -type f
xargs echo <file
diff file zeros
cmp file file
gzip -c file
xz -c file
tar cf archive file zeros
tar tf archive
git --version
git init -q repository
git -C repository status
python3 -c 'print(1)'
python3 -c 'import json, os, socket, subprocess, threading; t = threading.Thread(target=print); t.start(); t.join()'
python3 -c 'import socket, os; a, b = socket.socketpair(); socket.send_fds(a, [b"x"], [1]); socket.recv_fds(b, 10, 3)'
python3 -c 'import select, os; r, w = os.pipe(); select.select([r], [w], [], 1); p = select.poll(); p.register(w); p.poll(1)'
python3 -c 'import mmap, fcntl; f = open("file"); fcntl.flock(f, 1); fcntl.lockf(f, 1); mmap.mmap(f.fileno(), 0, access=1)'
perl -e 'print 1; open(F, "file"); print <F>'
sh -c 'echo a | cat | wc -l; ls / >/dev/null; trap : USR1; kill -USR1 $$; (exit 3); umask'
bash -c 'read x <file; exec 3<>/dev/null; for i in 1 2 3; do /bin/true; done | cat; ulimit -a'
~ node -e 'console.log(1)'
redis-server --version
~ sh -c 'redis-server --port 0 --unixsocket "$PWD/socket" --save "" >/dev/null & until redis-cli -s socket ping >/dev/null 2>&1; do :; done; redis-cli -s socket set a 1; redis-cli -s socket shutdown; wait'
nginx -V
cc --version
make --version
file /bin/ls
ip addr
ip route
ss -tln
mount
stty -a
free
{T}/rare.tracee files
{T}/rare.tracee vectors
{T}/rare.tracee sockets
{T}/rare.tracee waits
{T}/rare.tracee signals
{T}/rare.tracee processes
{T}/rare.tracee memory
{T}/rare.tracee ipc
{T}/rare.tracee system
{T}/rare.tracee32 files
{T}/rare.tracee32 vectors
{T}/rare.tracee32 sockets
{T}/rare.tracee32 waits
{T}/rare.tracee32 signals
{T}/rare.tracee32 processes
{T}/rare.tracee32 memory
{T}/rare.tracee32 system
'''

# A name of a descriptor: what is in it may have brackets of its own, and quoted text may look alike.
NAMED = re.compile(r'(?<![\w"])(-?\d+|AT_FDCWD)<(?:[^<>"]|->|<[^<>]*>)*>(?:\(deleted\))?(?=[\]\s,;)}]|$)')

# Fields whose values depend on the run.
FIELDS = re.compile(
    r'\b(st_ino|stx_ino|u32|u64|tv_sec|tv_nsec|tv_usec|f_bfree|f_bavail|f_ffree|f_files|freeram|uptime|loads|procs'
    r'|bufferram|sharedram|freeswap|si_utime|si_stime|tms_\w+|ru_\w+)=(\[[^]]*\]|0x[0-9a-f]+|-?\d+)')


def normalise(line, pids):
    """Replaces in LINE what depends on the run; PIDS has what stands for each PID."""
    line = re.sub(r'\)\s+= ', ') = ', line)
    line = re.sub(r' <(>=)?\d+\.\d+>$', '', line)
    line = re.sub(r'^(\w+)@32\(', r'\1(', line)
    line = line.replace(' <unfinished ...>) = ?', ') = ?')
    line = NAMED.sub(r'\1', line)
    line = re.sub(r'\b0x[0-9a-f]{6,16}\b', 'ADDRESS', line)
    line = FIELDS.sub(r'\1=N', line)
    line = re.sub(r' /\* (\d{4}-[^*]*|[\d.]+ s) \*/', '', line)
    return re.sub(r'\b\d+\b', lambda number: pids.get(number.group(), number.group()), line)


def calls_of(path):
    """The lines of calls in a log, complete, without PID and time, in order of tasks."""
    pending = {}
    tasks = collections.OrderedDict()
    with open(path, errors='replace') as log:
        for line in log:
            match = re.match(r'(\d+) +(?:\d\d:\d\d:\d\d\.\d+ )?(.*)', line.rstrip('\n'))
            if not match:
                continue
            pid, text = match.groups()
            tasks.setdefault(pid, [])
            if text.startswith(('---', '+++', 'strace:', '[ ')):
                continue
            if text.endswith(' <unfinished ...>'):
                pending[pid] = text[:-len(' <unfinished ...>')]
                continue
            resumed = re.match(r'<\.\.\. \w+ resumed>(.*)', text)
            if resumed:
                text = pending.pop(pid, '') + resumed.group(1)
            tasks[pid].append(text)
    # Not numbered: which of two tasks is seen first depends on the run.
    pids = {pid: 'PID' for pid in tasks}
    return collections.Counter(
        normalise(text, pids) for texts in tasks.values() for text in texts)


def run(command, log, program):
    """Runs COMMAND with PROGRAM in a fresh directory. Returns the lines of LOG."""
    directory = tempfile.mkdtemp(prefix='stop-log-')
    try:
        with open(os.path.join(directory, 'file'), 'w') as file:
            file.write('root:x:0\nline\n' * 50)
        with open(os.path.join(directory, 'zeros'), 'w') as file:
            file.write('0' * 5000)
        os.symlink('file', os.path.join(directory, 'link'))
        os.makedirs(os.path.join(directory, 'd/e/f'))
        subprocess.run(['tar', 'cf', 'archive', 'file'], cwd=directory, check=True)
        subprocess.run(command + program, cwd=directory, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=TIMEOUT_S)
        # The name of the directory is random, and of the same length.
        name = os.path.basename(directory)
        lines = calls_of(log)
        return collections.Counter(
            {line.replace(name, 'DIRECTORY'): count for line, count in lines.items()})
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def once(lines):
    return collections.Counter(set(lines))


def words_of(text):
    """PROGRAM as arguments; None if it is not installed."""
    text = text.replace('{T}', TRACEES)
    name = text.split()[0]
    if not shutil.which(name):
        return None
    return ['sh', '-c', 'exec ' + text]


def reason_of(line):
    for pattern, reason in REASONS:
        if re.search(pattern, line):
            return reason
    return 'unknown'


def nearest(line, candidates):
    """The line of CANDIDATES of the same call that has most in common with LINE."""
    name = line.split('(')[0]
    same = [other for other in candidates if other.split('(')[0] == name]
    return max(same, key=lambda other: len(os.path.commonprefix([line, other])), default='nothing')


def main():
    pattern = sys.argv[1] if len(sys.argv) > 1 else '.'
    directory = tempfile.mkdtemp(prefix='stop-log-')
    log = os.path.join(directory, 'log')
    strace = ['strace', '-f', '-yy', '-s', '32', '-o', log]
    stop = [STOP, '-c', '-o', '/dev/null', '--engine=' + ENGINE, '--log=' + log, '-s', '32', '--']
    programs = lines = compared = differ = 0
    reasons = collections.Counter()
    for text in filter(None, PROGRAMS.split('\n')):
        if not re.search(pattern, text):
            continue
        is_timed = text.startswith('~ ')
        program = words_of(text.removeprefix('~ '))
        if not program:
            print('not installed: %s' % text)
            continue
        try:
            first = run(strace, log, program)
            ours = run(stop, log, program)
            second = run(strace, log, program)
        except subprocess.TimeoutExpired:
            print('too slow: %s' % text)
            continue
        if is_timed:
            first, ours, second = once(first), once(ours), once(second)
        stable = first & second
        missing = stable - ours
        programs += 1
        lines += sum(first.values())
        compared += sum(stable.values())
        differ += sum(missing.values())
        extra = ours - stable
        for line, count in missing.items():
            reason = reason_of(line)
            reasons[reason] += count
            print('%s: %d x, %s\n  strace: %s\n  stop:   %s' % (
                text[:60], count, reason, line[:400], nearest(line, extra)[:400]))
    shutil.rmtree(directory)
    print('%d programs, %d lines, %d compared, %d differ (%.3f %%)' % (
        programs, lines, compared, differ, 100 * differ / max(compared, 1)))
    for reason, count in reasons.most_common():
        print('%6d %s' % (count, reason))
    if pattern == '.' and programs < PROGRAMS_MIN:
        print('only %d programs' % programs)
        return 1
    return 1 if differ > LIMIT * compared else 0


sys.exit(main())
