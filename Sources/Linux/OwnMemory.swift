import CLinux
import Glibc
import SystemPackage

/// Gives back memory that a burst of work needed, and a process that only waits does not: free parts of the heap, and
/// the pages of programs and libraries that are mapped into it. Those in use come back from the page cache, unread.
///
/// The kernel maps sixteen pages around each that is touched, so that a start leaves most of a program in a process that
/// from then on runs little of it.
///
/// - SeeAlso: `malloc_trim(3)`; `madvise(2)`, MADV_DONTNEED: of a mapping that nobody wrote to, the file's content stays.
package func trimOwnMemory() throws {
    linux_trim_heap()
    let maps = String(decoding: try readFile(at: "/proc/self/maps") ?? [], as: UTF8.self)
    for code in maps.split(separator: "\n").compactMap(codeRange) {
        try syscall("madvise") {
            unsafe madvise(UnsafeMutableRawPointer(bitPattern: code.lowerBound), code.count, MADV_DONTNEED)
        }
    }
}

/// The addresses of a line of `/proc/PID/maps`, if it is code out of a file: nothing of it can have been written.
///
/// Source: proc_pid_maps(5): `address perms offset dev inode pathname`.
func codeRange(_ line: Substring) -> Range<UInt>? {
    let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
    guard fields.count == 6, fields[1] == "r-xp", fields[4] != "0" else { return nil }
    let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
    return ends.count == 2 && ends[0] < ends[1] ? ends[0]..<ends[1] : nil
}
