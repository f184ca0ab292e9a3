import CLinux
import Glibc
package import SystemPackage

/// Sets an extended attribute. To set one of an open file, however opened, name it `/proc/self/fd/<n>` and follow.
///
/// - SeeAlso: `setxattr(2)`, `lsetxattr(2)`.
package func setExtendedAttribute(
    _ name: String, of path: FilePath, to value: [UInt8], followLink: Bool = false
) throws(SyscallError) {
    try syscall("set \(name) of \(path)") {
        unsafe path.withPlatformString { path in
            unsafe value.withUnsafeBytes {
                unsafe linux_setxattr(path, name, $0.baseAddress, UInt64($0.count), followLink ? 1 : 0)
            }
        }
    }
}

/// The value of an extended attribute; `nil` if there is none, or the file system knows none.
package func extendedAttribute(
    _ name: String, of path: FilePath, followLink: Bool = false
) throws(SyscallError) -> [UInt8]? {
    // Source: XATTR_SIZE_MAX in uapi/linux/limits.h.
    var value = [UInt8](repeating: 0, count: 64 << 10)
    do {
        let count = try syscall("read \(name) of \(path)") {
            unsafe path.withPlatformString { path in
                unsafe value.withUnsafeMutableBytes {
                    unsafe linux_getxattr(path, name, $0.baseAddress, UInt64($0.count), followLink ? 1 : 0)
                }
            }
        }
        return Array(value.prefix(Int(count)))
    } catch  where error.errno == .noData || error.errno == .notSupported {
        return nil
    }
}
