import Glibc

extension ArraySlice<UInt8> {
    /// The first place of a byte, from `start` on.
    ///
    /// - SeeAlso: `memchr(3)`.
    package func position(of byte: UInt8, from start: Int) -> Int? {
        unsafe withUnsafeBytes { bytes in
            let offset = start - startIndex
            guard let base = bytes.baseAddress, offset < bytes.count,
                let found = unsafe memchr(base + offset, Int32(byte), bytes.count - offset)
            else { return nil }
            return unsafe startIndex + (UnsafeRawPointer(found) - base)
        }
    }
}
