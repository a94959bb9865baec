"""A cable between two network namespaces that delays what it carries and limits its rate.

    python delayline.py FIRST-DEVICE FIRST-NAMESPACE SECOND-DEVICE SECOND-NAMESPACE MS BYTES/S

Both ends are tap devices; this program carries frames from one to the other, each a
fixed time after it came.  It says so when the cable lies, and ends with its input.
"""

from __future__ import annotations

import collections
import fcntl
import os
import struct
import subprocess
import sys
import threading
import time

SET_INTERFACE, TAP, NO_HEADER = 0x400454CA, 2, 0x1000
LONGEST_FRAME = 65_600


def end_of_cable(device, namespace):
    """The descriptor of a new tap device that is then moved to a namespace."""
    end = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(end, SET_INTERFACE, struct.pack("16sH14x", device.encode(), TAP | NO_HEADER))
    subprocess.run(["ip", "link", "set", device, "netns", namespace], check=True)
    return end


def carry(source, sink, seconds, bytes_a_second):
    """Frames from ``source`` to ``sink``, for ever."""
    waiting, there_are = collections.deque(), threading.Semaphore(0)

    def receive():
        free = 0.0
        while True:
            frame = read(source)
            # A frame occupies the line for its length, and is then under way.
            free = max(free, time.monotonic())
            if bytes_a_second:
                free += len(frame) / bytes_a_second
            waiting.append((free + seconds, frame))
            there_are.release()

    def deliver():
        while True:
            there_are.acquire()
            due, frame = waiting.popleft()
            while (early := due - time.monotonic()) > 0:
                time.sleep(early)
            write(sink, frame)

    for work in (receive, deliver):
        threading.Thread(target=work, daemon=True).start()


def read(source):
    """A frame; devices that are not up yet have none."""
    while True:
        try:
            return os.read(source, LONGEST_FRAME)
        except OSError:
            time.sleep(0.01)


def write(sink, frame):
    """As a cable does: what cannot be delivered is lost."""
    try:
        os.write(sink, frame)
    except OSError:
        return


if __name__ == "__main__":
    first, second = end_of_cable(*sys.argv[1:3]), end_of_cable(*sys.argv[3:5])
    delay, rate = float(sys.argv[5]) / 1000, float(sys.argv[6])
    carry(first, second, delay, rate)
    carry(second, first, delay, rate)
    sys.stdout.write("laid\n")
    sys.stdout.flush()
    sys.stdin.read()
