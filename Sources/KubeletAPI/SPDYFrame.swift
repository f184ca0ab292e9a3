/// What two sides of a SPDY/3.1 connection say to each other. Blocks of headers are still compressed.
///
/// Source: draft-mbelshe-httpbis-spdy-00, with the session's window of SPDY/3.1.
enum SPDYFrame: Equatable, Sendable {
    case openStream(UInt32, isLast: Bool, block: [UInt8])
    case reply(UInt32, isLast: Bool, block: [UInt8])
    case headers(UInt32, isLast: Bool, block: [UInt8])
    case reset(UInt32, ResetReason)
    /// - Parameter initialWindow: of streams that are opened from now on; `nil`: it is not spoken of.
    case settings(initialWindow: UInt32?)
    case ping(UInt32)
    case goAway(lastStream: UInt32)
    case window(UInt32, more: UInt32)
    /// A frame's content may come in several pieces; `isLast`: the stream's last.
    case data(UInt32, isLast: Bool, [UInt8])
    /// Of a kind that is not known, to be passed over.
    case unknown(UInt16)
}

/// Why a stream is not gone on with.
struct ResetReason: RawRepresentable, Equatable, Sendable {
    var rawValue: UInt32
    static let protocolError = Self(rawValue: 1)
    static let invalidStream = Self(rawValue: 2)
    static let refused = Self(rawValue: 3)
    static let cancel = Self(rawValue: 5)
}

/// Why a SPDY connection cannot go on.
struct SPDYError: Error, Equatable, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
