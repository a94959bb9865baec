"""Two network namespaces that stand in for two hosts, joined by a cable.

The cable is a veth pair, or one that delays what it carries (:mod:`.delayline`); tc's
netem, which would do the same in the kernel, is not everywhere.

Needs Linux, iproute2 and the right to make namespaces; :class:`NotAllowed` says what
is missing.  Ranks of different namespaces could still see one machine's memory, so
MPI is told to use TCP alone.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

TCP_ONLY = {
    "MPIR_CVAR_CH4_NETMOD": "ofi", "FI_PROVIDER": "tcp", "MPIR_CVAR_NOLOCAL": "1",
}
# As ssh is called: options, the host, what to run there.
ENTER = """#!/bin/sh
while [ "${1#-}" != "$1" ]; do shift; done
host=$1; shift
case $host in
CASES
esac
"""


class NotAllowed(RuntimeError):
    """This system does not let us make network namespaces."""


class Host(NamedTuple):
    """A namespace, its address and its end of the cable."""

    namespace: str
    address: str
    device: str


@contextlib.contextmanager
def two_hosts(delay_ms=0.0, bytes_a_second=0.0):
    """Two joined hosts; delay and rate hold in each direction."""
    if shutil.which("ip") is None:
        raise NotAllowed("there is no ip here (iproute2)")
    mark = os.getpid()
    hosts = [
        Host(f"fastavg{mark}{end}", f"10.77.0.{number}", f"fa{mark}{end}")
        for number, end in ((1, "a"), (2, "b"))
    ]
    cable = None
    try:
        for host in hosts:
            do("ip", "netns", "add", host.namespace)
        if delay_ms or bytes_a_second:
            cable = lay_delay_line(hosts, delay_ms, bytes_a_second)
        else:
            ends = [host.device for host in hosts]
            do("ip", "link", "add", ends[0], "type", "veth", "peer", "name", ends[1])
            for host in hosts:
                do("ip", "link", "set", host.device, "netns", host.namespace)
        for host in hosts:
            inside = ("ip", "-n", host.namespace)
            do(*inside, "addr", "add", f"{host.address}/24", "dev", host.device)
            do(*inside, "link", "set", host.device, "mtu", "60000", "up")
            do(*inside, "link", "set", "lo", "up")
        yield hosts
    finally:
        if cable is not None:
            cable.kill()
            cable.communicate()
        for host in hosts:
            subprocess.run(["ip", "netns", "del", host.namespace], capture_output=True, check=False)


def lay_delay_line(hosts, delay_ms, bytes_a_second):
    """The program that is the cable, once it lies."""
    ends = [part for host in hosts for part in (host.device, host.namespace)]
    program = Path(__file__).with_name("delayline.py")
    cable = subprocess.Popen(
        [sys.executable, program, *ends, str(delay_ms), str(bytes_a_second)], text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )
    if cable.stdout.readline() != "laid\n":
        raise NotAllowed(f"tap devices: {cable.communicate()[1].strip()[-200:]}")
    return cable


def arguments(hosts, folder, ranks_each=1):
    """mpiexec's arguments for that many ranks on each host.

    mpiexec reaches a host through a program that stands in for ssh and enters its
    namespace.
    """
    cases = "\n".join(
        f'{host.address}) exec ip netns exec {host.namespace} sh -c "$*" ;;' for host in hosts
    )
    enter = Path(folder) / "enter-host"
    enter.write_text(ENTER.replace("CASES", cases))
    enter.chmod(0o755)
    return [
        "-launcher", "ssh", "-launcher-exec", str(enter), "-localhost", hosts[0].address,
        "-hosts", ",".join(f"{host.address}:{ranks_each}" for host in hosts),
        "-n", str(ranks_each * len(hosts)),
    ]


def do(*command):
    """Run a command of iproute2."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotAllowed(f"{' '.join(command)}: {done.stderr.strip()}")
