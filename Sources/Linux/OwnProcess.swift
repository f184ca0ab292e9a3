import CLinux
import Glibc
package import SystemPackage

/// The number of this process, to be printed.
package func processID() -> Int32 { getpid() }

/// The words that this program was run with, its own name first.
///
/// `CommandLine.arguments` are read from `/proc/self/cmdline`, and are none when that is refused.
package func programArguments() -> [String] {
    var count: Int32 = 0
    guard let words = unsafe linux_arguments(&count) else { return [] }
    return (0..<Int(count)).compactMap { index in unsafe words[index].map { unsafe String(cString: $0) } }
}

/// The file that this process runs.
///
/// - SeeAlso: `proc_pid_exe(5)`.
package func programPath() throws(SyscallError) -> FilePath {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = try syscall("readlink /proc/self/exe") { unsafe readlink("/proc/self/exe", &buffer, buffer.count) }
    return FilePath(String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self))
}

/// All memory of the machine, in bytes.
///
/// - SeeAlso: `sysinfo(2)`, `sysconf(3)`.
package func memoryCapacity() -> Int64 { Int64(sysconf(Int32(_SC_PHYS_PAGES))) * pageSize() }

/// Bytes of the pages that the kernel manages memory in.
///
/// - SeeAlso: `sysconf(3)`.
package func pageSize() -> Int64 { Int64(sysconf(Int32(_SC_PAGESIZE))) }

/// In how many parts of a second the kernel counts the time of processes.
///
/// - SeeAlso: `sysconf(3)`.
package func clockTicks() -> Int { max(1, sysconf(Int32(_SC_CLK_TCK))) }

/// Processors that run now.
///
/// - SeeAlso: `sysconf(3)`.
package func processorCount() -> Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

/// Makes the orphans of this process' descendants its own children, so that it can learn how they ended.
///
/// - SeeAlso: `prctl(2)` PR_SET_CHILD_SUBREAPER.
package func adoptOrphans() throws(SyscallError) {
    try syscall("prctl PR_SET_CHILD_SUBREAPER") { linux_prctl(36, 1, 0) }
}
