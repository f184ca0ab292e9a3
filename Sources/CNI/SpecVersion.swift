/// A version of the CNI specification.
package enum SpecVersion: String, CaseIterable, Comparable, Sendable {
    case v0_1_0 = "0.1.0"
    case v0_2_0 = "0.2.0"
    case v0_3_0 = "0.3.0"
    case v0_3_1 = "0.3.1"
    case v0_4_0 = "0.4.0"
    case v1_0_0 = "1.0.0"
    case v1_1_0 = "1.1.0"

    /// The oldest one spoken here: the first with lists of plugins.
    package static let oldest = SpecVersion.v0_3_0
    package static let newest = SpecVersion.v1_1_0

    package static func < (left: Self, right: Self) -> Bool {
        (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }

    package var supportsCheck: Bool { self >= .v0_4_0 }
    package var supportsPreviousResultOnDelete: Bool { self >= .v0_4_0 }
    package var supportsStatus: Bool { self >= .v1_1_0 }
    package var supportsGarbageCollection: Bool { self >= .v1_1_0 }
}
