/// Who is the first of its kind, and goes alone; all later ones go beside each other.
///
/// What all sandboxes of a network share is made with the first of them, and not every plugin can make it twice at once:
/// portmap finds that its chain is not there, and fails on `File exists` when it has come to be meanwhile.
struct Firsts {
    enum Place { case first, later, behindFirst }

    private var done: Set<String> = []
    private var underWay: Set<String> = []
    private var waiting: [String: [CheckedContinuation<Void, Never>]] = [:]

    /// Whoever is the first must call ``end(_:succeeded:)``; who is behind it waits, and asks again.
    mutating func begin(_ kind: String) -> Place {
        if done.contains(kind) { return .later }
        return underWay.insert(kind).inserted ? .first : .behindFirst
    }

    mutating func wait(for kind: String, _ continuation: CheckedContinuation<Void, Never>) {
        waiting[kind, default: []].append(continuation)
    }

    /// After a failure the next one is the first.
    mutating func end(_ kind: String, succeeded: Bool) {
        underWay.remove(kind)
        if succeeded { done.insert(kind) }
        for continuation in waiting.removeValue(forKey: kind) ?? [] { continuation.resume() }
    }
}
