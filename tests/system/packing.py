# SPDX-License-Identifier: GPL-2.0-or-later
# Makes archives from the recording NAME.ctf in the current directory that stop has to refuse, in
# `refused`, and others that are damaged, in `damaged`. Usage: packing.py NAME PACKED
import io
import os
import random
import sys
import tarfile

name, packed = sys.argv[1:]
os.mkdir("refused")
os.mkdir("damaged")


def member(path, kind=tarfile.REGTYPE, data=b"", link=""):
    info = tarfile.TarInfo(path)
    info.type, info.size, info.linkname = kind, len(data), link
    return info, data


def archive(path, members):
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
        for info, data in members:
            tar.addfile(info, io.BytesIO(data))


metadata = open(name + ".ctf/metadata", "rb").read()
stream = open(name + ".ctf/stream", "rb").read()
text = member("a.ctf/metadata", data=metadata)
part = member("a.ctf/stream", data=stream)
cases = {
    "parent": [text, part, member("../stream_1", data=stream)],
    "parents": [member("a.ctf/../../metadata", data=metadata), part],
    "absolute": [text, member("/tmp/stream", data=stream)],
    "symlink": [text, member("a.ctf/stream", tarfile.SYMTYPE, link="/etc/passwd")],
    "directory-link": [member("a.ctf", tarfile.SYMTYPE, link="/tmp"), text, part],
    "hardlink": [text, member("a.ctf/stream", tarfile.LNKTYPE, link="/etc/passwd")],
    "fifo": [text, part, member("a.ctf/stream_1", tarfile.FIFOTYPE)],
    "device": [text, member("a.ctf/stream", tarfile.BLKTYPE)],
    "twice": [text, text, part],
    "two": [text, part, member("b.ctf/metadata", data=metadata), member("b.ctf/stream", data=stream)],
    "without-metadata": [part],
    "without-stream": [text],
    "other": [member("etc/passwd", data=b"x")],
    "no-ctf": [member("a.ctf/metadata", data=b"hello"), part],
    "many-parts": [text] + [member("a.ctf/stream_%d" % i) for i in range(1, 400)],
    "many-members": [text, part] + [member("a.ctf/x%d" % i) for i in range(5000)],
    "large-metadata": [member("a.ctf/metadata", data=bytes(64 << 20)), part],
}
for case, members in cases.items():
    archive("refused/" + case + ".tar", members)

# A size that is not there, in octal digits, in binary, and of the metadata.
for case, size in (("huge", 8**11 - 1), ("larger", 1 << 62), ("huge-metadata", 1 << 40)):
    path = "metadata" if "metadata" in case else "stream"
    info = tarfile.TarInfo("a.ctf/" + path)
    info.size = size
    with open("refused/" + case + ".tar", "wb") as out:
        out.write(info.tobuf(tarfile.GNU_FORMAT))
        out.write(bytes(4096))

whole = open(packed, "rb").read()
plain = io.BytesIO()
with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as tar:
    for info, data in (text, part):
        tar.addfile(info, io.BytesIO(data))
plain = plain.getvalue()
for i in range(12):
    with open("refused/cut-%d.tar.zst" % i, "wb") as out:
        out.write(whole[: 1000 + (len(whole) - 1001) * i // 12])
    with open("refused/cut-%d.tar" % i, "wb") as out:
        out.write(plain[: 512 + (512 + len(metadata) + len(stream) - 512) * i // 12])
generator = random.Random(7)
for i in range(60):
    copy = bytearray(plain if i % 2 else whole)
    for _ in range(generator.randint(1, 8)):
        copy[generator.randrange(len(copy))] = generator.randrange(256)
    with open("damaged/%d.tar" % i, "wb") as out:
        out.write(copy)
