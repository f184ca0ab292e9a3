import Linux
import Synchronization

/// Device programs that are loaded, one for each set of rules: the kernel verifies a program when it is loaded, which
/// takes half a millisecond, and lets any number of groups have it.
package final class DevicePrograms: Sendable {
    final class Loaded: Sendable {
        let program: DeviceProgramFD
        init(_ program: consuming DeviceProgramFD) { self.program = program }
    }

    private let loaded = Mutex<[[DeviceRule]: Loaded]>([:])
    /// A pod's author has no say in the rules: there are as many sets as kinds of container.
    private static let capacity = 16

    package init() {}

    func program(for rules: [DeviceRule]) throws -> Loaded {
        if let known = loaded.withLock({ $0[rules] }) { return known }
        let new = Loaded(try DeviceProgramFD(loading: DeviceProgram(rules).bytes))
        loaded.withLock { loaded in
            if loaded.count >= Self.capacity { loaded.removeAll() }
            loaded[rules] = new
        }
        return new
    }
}
