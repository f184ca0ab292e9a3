/// A version of the CNI specification.
package enum SpecVersion: String, CaseIterable, Comparable, Sendable {
    case v01 = "0.1.0"
    case v02 = "0.2.0"
    case v030 = "0.3.0"
    case v031 = "0.3.1"
    case v04 = "0.4.0"
    case v10 = "1.0.0"
    case v11 = "1.1.0"

    /// The oldest one spoken here: the first with lists of plugins.
    package static let oldest = SpecVersion.v030
    package static let newest = SpecVersion.v11

    package static func < (left: Self, right: Self) -> Bool {
        (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }

    package var supportsCheck: Bool { self >= .v04 }
    package var supportsPreviousResultOnDelete: Bool { self >= .v04 }
    package var supportsStatus: Bool { self >= .v11 }
    package var supportsGarbageCollection: Bool { self >= .v11 }
}
