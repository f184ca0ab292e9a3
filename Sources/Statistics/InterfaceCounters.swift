/// What a network interface has carried since it was made.
///
/// Source: `/proc/<pid>/net/dev`, `proc_pid_net(5)`: the interfaces of that process' network namespace.
package struct InterfaceCounters: Equatable, Sendable {
    package struct Direction: Equatable, Sendable {
        package var bytes: UInt64 = 0
        package var packets: UInt64 = 0
        package var errors: UInt64 = 0
        package var dropped: UInt64 = 0

        package init(bytes: UInt64 = 0, packets: UInt64 = 0, errors: UInt64 = 0, dropped: UInt64 = 0) {
            self.bytes = bytes
            self.packets = packets
            self.errors = errors
            self.dropped = dropped
        }
    }

    package var name: String
    package var received = Direction()
    package var sent = Direction()

    package init(name: String) { self.name = name }

    /// Those that count: neither loopback nor the other ends of pods' interfaces.
    ///
    /// Source: cAdvisor, `ignoredDevicePrefixes`.
    package static func parse(_ text: some StringProtocol) -> [InterfaceCounters] {
        text.split(separator: "\n").dropFirst(2).compactMap { line in
            // A name may be followed by its first number without a blank.
            guard let colon = line.lastIndex(of: ":") else { return nil }
            let name = line[..<colon].drop { $0 == " " }
            if ["lo", "veth", "docker", "nerdctl"].contains(where: { name.hasPrefix($0) }) { return nil }
            let numbers = line[line.index(after: colon)...].split(separator: " ").compactMap { UInt64($0) }
            guard numbers.count >= 12 else { return nil }
            var counters = InterfaceCounters(name: String(name))
            counters.received = Direction(
                bytes: numbers[0], packets: numbers[1], errors: numbers[2], dropped: numbers[3])
            counters.sent = Direction(
                bytes: numbers[8], packets: numbers[9], errors: numbers[10], dropped: numbers[11])
            return counters
        }
    }
}
