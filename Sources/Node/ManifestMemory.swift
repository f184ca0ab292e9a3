package import Ledger
import Linux
import Logging

extension Ledger.Kind {
    /// What each place of manifests gave when all of it was right.
    static let manifests = Self("manifests")
}

/// Remembers the last good text of each manifest over the agent's end: one that a person spoils while no agent runs, or
/// before it is started anew, goes on giving the pods that it gave.
package struct ManifestMemory: Sendable {
    private let ledger: Ledger

    package init(ledger: Ledger) { self.ledger = ledger }

    /// The last good text of a place, a file's path or a URL.
    func recall(_ place: String) -> [UInt8]? {
        quietly("Manifest's last good text cannot be read", place) {
            guard let content = try ledger.content(.manifests, key: key(place)) else { return nil }
            // The place stands before the text: a key is only a hash.
            let head = Array("\(place)\n".utf8)
            return content.starts(with: head) ? Array(content.dropFirst(head.count)) : nil
        }
    }

    func keep(_ text: [UInt8], of place: String) {
        guard recall(place) != text else { return }
        quietly("Manifest's text cannot be kept", place) {
            // It is no loss that a start has to wait for the disk for: a help in need, not what is held.
            try ledger.record(Array("\(place)\n".utf8) + text, .manifests, key: key(place), durably: false)
            return nil
        }
    }

    func forget(_ place: String) {
        quietly("Manifest's last good text cannot be removed", place) {
            try ledger.erase(.manifests, key: key(place))
            return nil
        }
    }

    /// Forgets all files but these: they went while no agent ran.
    func forget(filesExcept places: [String]) {
        quietly("Manifests' last good texts cannot be listed", "/") {
            let kept = Set(places.map(key))
            for key in try ledger.keys(.manifests) where !kept.contains(key) {
                guard let content = try ledger.content(.manifests, key: key),
                    let place = content.firstIndex(of: UInt8(ascii: "\n")).map({ content[..<$0] }),
                    String(decoding: place, as: UTF8.self).hasPrefix("/")
                else { continue }
                try ledger.erase(.manifests, key: key)
            }
            return nil
        }
    }

    /// FNV-1a, 64 bit, in hexadecimal digits: a path may be longer than a file's name.
    private func key(_ place: String) -> String {
        let hash = place.utf8.reduce(0xcbf2_9ce4_8422_2325) { (hash: UInt64, byte) in
            (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        return String(hash, radix: 16)
    }

    /// What was good before is a help in need: without it the node goes on.
    @discardableResult
    private func quietly(_ problem: Logger.Message, _ place: String, _ body: () throws -> [UInt8]?) -> [UInt8]? {
        do {
            return try body()
        } catch {
            Logger.current.warning(problem, metadata: ["manifest": "\(place)", "error": "\(error)"])
            return nil
        }
    }
}
