import Synchronization

/// A value that is read anew whenever it is used: what a reload of the configuration changes while the node runs.
package final class Live<Value: Sendable>: Sendable {
    private let current: Mutex<Value>

    package init(_ value: Value) { current = Mutex(value) }

    package var value: Value { current.withLock { $0 } }

    package func replace(with value: Value) { current.withLock { $0 = value } }
}
