import JSONText
import Linux
import SystemPackage

/// Gives back addresses that no DEL can name any more.
///
/// `host-local` keeps an address by a file of its name that holds the sandbox's id, and writes it without a sync: a
/// power cut may leave the name and lose the content. DEL looks for the id, so such an address would stay taken for
/// ever, until the network has none left. Only GC, which `host-local` knows from version 1.5 on, would find it.
///
/// Source: `plugins/ipam/host-local`, `backend/disk/backend.go` and `README.md` (`dataDir`, `/var/lib/cni/networks`).
struct LostLeases {
    private let directory: FilePath

    /// `nil` if the plugin does not get its addresses from `host-local`.
    init?(_ plugin: NetworkConfiguration.Plugin, of network: NetworkConfiguration) {
        guard plugin.addressPlugin == "host-local", let name = FilePath.Component(network.name) else { return nil }
        let data = plugin.object["ipam"]?["dataDir"]?.string ?? ""
        directory = FilePath(data.isEmpty ? "/var/lib/cni/networks" : data).appending(name)
    }

    /// Removes the files of addresses that say of no sandbox, and tells which.
    ///
    /// Under the plugin's own lock: it makes a file and fills it in two calls, and what it is about to fill is not lost.
    func giveBack() throws -> [String] {
        let names = try directoryEntries(directory).filter(isAddress)
        guard !names.isEmpty else { return [] }
        return try withFileLock(directory.appending("lock")) {
            try names.filter { name in
                let file = directory.appending(name)
                guard let content = try readFile(at: file, limit: 4096), content.allSatisfy(isBlank) else {
                    return false
                }
                try removeFile(at: file)
                return true
            }
        }
    }

    /// Beside addresses there are `lock` and `last_reserved_ip.N`.
    private func isAddress(_ name: String) -> Bool {
        name.utf8.allSatisfy { "0123456789abcdefABCDEF.:".utf8.contains($0) } && name.contains { ".:".contains($0) }
    }

    /// A block that was never written reads as zeros.
    private func isBlank(_ byte: UInt8) -> Bool { byte == 0 || byte == 0x0a || byte == 0x0d || byte == 0x20 }
}
