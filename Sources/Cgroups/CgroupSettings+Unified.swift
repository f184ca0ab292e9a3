/// A file and a value that a caller names himself and that cannot be meant.
package struct InvalidUnified: Error, Equatable, CustomStringConvertible {
    package let file: String
    package let reason: String

    package init(file: String, reason: String) {
        self.file = file
        self.reason = reason
    }

    package var description: String { "unified resource \"\(file)\": \(reason)" }
}

extension CgroupSettings {
    /// Settings named by their files, as the OCI specification's `unified` has them, in the order of the names.
    ///
    /// A value of several lines, e.g. limits of two devices, is written line by line: the kernel reads one at a time.
    ///
    /// - Parameter available: controllers that the group has; `nil`: not known yet, the missing file will tell.
    package init(unified: [String: String], available: Set<String>? = nil) throws(InvalidUnified) {
        self.init()
        for (file, value) in unified.sorted(by: { $0.key < $1.key }) {
            let parts = file.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
            if file.contains("/") || file.contains("\0") {
                throw InvalidUnified(file: file, reason: "must be the name of a file, without slashes")
            }
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
                throw InvalidUnified(file: file, reason: "must have the form CONTROLLER.PARAMETER")
            }
            let name = String(parts[0])
            if let available, name != "cgroup", !available.contains(name) {
                throw InvalidUnified(file: file, reason: "controller \(name) is not available to the group")
            }
            let lines = value.split(whereSeparator: \.isNewline)
            // An empty value is one, too: it gives a cpuset back.
            for line in lines.isEmpty ? [""] : lines {
                append(Setting(Controller(rawValue: name), file, String(line)))
            }
        }
    }
}
