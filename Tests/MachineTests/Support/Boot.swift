import FoundationEssentials
import Testing

/// Which boot of the machine this is: the tier runs over three, on one disk. `nil` anywhere else.
let currentBoot = ProcessInfo.processInfo.environment["SWIFTLET_BOOT"].flatMap { Int($0) }

extension Trait where Self == ConditionTrait {
    /// Runs in the test machine of hack/vm alone, and there in one of its boots: 1 is fresh, 2 follows a reboot, 3 a
    /// power cut.
    static func boot(_ number: Int) -> Self {
        .enabled(if: currentBoot == number, "belongs to boot \(number) of the test machine")
    }
}
