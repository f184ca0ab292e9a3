import Glibc
import Linux
import SystemPackage

// Started by the agent: descriptor 3 is the zygote's socket, the first argument, if any, its cgroup.
ZygoteLoop(socket: FileDescriptor(rawValue: 3), cgroup: programArguments().dropFirst().first).run()
