import Glibc

/// An IP address as it stands in a packet: four or sixteen bytes; `nil` for a text that is none.
///
/// - SeeAlso: `inet_pton(3)`.
package func addressBytes(_ text: String) -> [UInt8]? {
    for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
        var bytes = [UInt8](repeating: 0, count: count)
        if unsafe inet_pton(family, text, &bytes) == 1 { return bytes }
    }
    return nil
}
