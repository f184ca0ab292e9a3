package import Kubernetes

/// How little of something is too little: an amount, or a part of all there is.
///
/// Source: facts of kubelet, §6.2; kubernetes `pkg/kubelet/eviction/helpers.go`, `parseThresholdStatement`.
package enum EvictionThreshold: Equatable, Sendable {
    case amount(Quantity)
    /// Of the capacity, between 0 and 1; single precision, as the kubelet reckons.
    case part(Float)

    /// Source: kubernetes `GetThresholdQuantity`.
    package func value(of capacity: Int64) -> Int64 {
        switch self {
        case .amount(let quantity): quantity.value
        case .part(let part): Int64(Double(capacity) * Double(part))
        }
    }

    /// Source: facts of kubelet, §1.1, 73.
    static let defaults = [
        "memory.available": "100Mi", "nodefs.available": "10%", "nodefs.inodesFree": "5%", "imagefs.available": "15%",
        "imagefs.inodesFree": "5%",
    ]

    /// Reads thresholds by their signal. `0%` and `100%` stand for none.
    static func parse(_ texts: [String: String]) throws(ConfigurationError) -> [String: EvictionThreshold] {
        var thresholds: [String: EvictionThreshold] = [:]
        var problems: [String] = []
        for (signal, text) in texts.sorted(by: { $0.key < $1.key }) {
            if !signals.contains(signal) {
                problems.append("unrecognized eviction signal \(signal)")
            } else if text.hasSuffix("%") {
                guard text != "0%", text != "100%" else { continue }
                let part = Float(text.dropLast()).map { $0 / 100 } ?? .nan
                thresholds[signal] = .part(part)
                if part < 0 {
                    problems.append("eviction percentage threshold \(signal) must be >= 0%: \(text)")
                } else if !(part <= 1) {
                    problems.append("eviction percentage threshold \(signal) must be <= 100%: \(text)")
                }
            } else if let amount = Quantity(text) {
                thresholds[signal] = .amount(amount)
                if amount.value <= 0 { problems.append("eviction threshold \(signal) must be positive: \(text)") }
            } else {
                problems.append("eviction threshold \(signal): not a quantity: \"\(text)\"")
            }
        }
        guard problems.isEmpty else { throw ConfigurationError(problems) }
        return thresholds
    }

    /// Source: facts of kubelet, §6.1.
    private static let signals: Set<String> = [
        "memory.available", "nodefs.available", "nodefs.inodesFree", "imagefs.available", "imagefs.inodesFree",
        "containerfs.available", "containerfs.inodesFree", "allocatableMemory.available", "pid.available",
    ]
}
