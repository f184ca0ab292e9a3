import Linux
import SystemPackage

/// What to write into a group's files: a finished list, made by pure code and compared in tests.
package struct CgroupSettings: Equatable, Sendable {
    /// One value for one file.
    package struct Setting: Equatable, Sendable {
        /// A file of the same purpose that stands in when the first is not there, and what to write into it.
        package struct Substitute: Equatable, Sendable {
            package var file: String
            package var value: String

            package init(_ file: String, _ value: String) {
                self.file = file
                self.value = value
            }
        }

        /// `nil` for files that every group has.
        package var controller: Controller?
        package var file: String
        package var value: String
        /// The value lifts a limit: when the file is not there, nothing is amiss.
        package var isDefault: Bool
        package var substitute: Substitute?

        package init(
            _ controller: Controller?, _ file: String, _ value: String, isDefault: Bool = false,
            substitute: Substitute? = nil
        ) {
            self.controller = controller
            self.file = file
            self.value = value
            self.isDefault = isDefault
            self.substitute = substitute
        }
    }

    /// Written in this order; of two for one file the later wins.
    package var settings: [Setting] = []
    /// A limit of memory below what is in use is refused, instead of letting the kernel reclaim and kill.
    package var keepsMemoryInUse = false

    package init(_ settings: [Setting] = []) { self.settings = settings }

    package mutating func append(_ setting: Setting) { settings.append(setting) }

    package mutating func append(_ other: CgroupSettings) {
        settings += other.settings
        keepsMemoryInUse = keepsMemoryInUse || other.keepsMemoryInUse
    }

    /// The value for a file.
    package subscript(file: String) -> String? { settings.last { $0.file == file }?.value }

    /// Controllers without which something of this could not be enforced.
    package var controllers: Set<Controller> { Set(settings.filter { !$0.isDefault }.compactMap(\.controller)) }
}

extension Cgroup {
    /// Writes the settings. A file that the machine does not have is reported; one that refuses the value is an error.
    ///
    /// - Returns: what is not enforced.
    @discardableResult
    package func apply(_ settings: CgroupSettings) throws -> [UnenforcedSetting] {
        try settings.checkMemory(in: self)
        return try settings.settings.compactMap(apply)
    }

    /// Writes the settings; one that cannot be enforced is an error.
    package func enforce(_ settings: CgroupSettings) throws {
        try settings.checkMemory(in: self)
        for setting in settings.settings {
            if let unenforced = try apply(setting) { throw unenforced }
        }
    }

    func apply(_ setting: CgroupSettings.Setting) throws -> UnenforcedSetting? {
        do {
            try write(setting.value, to: setting.file)
        } catch let error as SyscallError where error.errno == .noSuchFileOrDirectory {
            guard try exists else { throw error }
            if let substitute = setting.substitute {
                return try apply(
                    .init(setting.controller, substitute.file, substitute.value, isDefault: setting.isDefault))
            }
            // Source: a group's files come with the controllers that its parent gives it.
            if setting.isDefault { return nil }
            let isThere = setting.controller.map { (try? controllers().contains($0)) == true } ?? true
            return UnenforcedSetting(setting: setting, group: "\(path)", hasController: isThere)
        }
        return nil
    }
}

/// A limit that the machine cannot enforce, because its cgroup tree lacks the file.
package struct UnenforcedSetting: Error, Equatable, Sendable, CustomStringConvertible {
    package let setting: CgroupSettings.Setting
    package let group: String

    /// The group has the controller, but this kernel's has no such file.
    package let hasController: Bool

    package init(setting: CgroupSettings.Setting, group: String, hasController: Bool = false) {
        self.setting = setting
        self.group = group
        self.hasController = hasController
    }

    package var description: String {
        let reason =
            switch setting.controller {
            case let controller? where !hasController: "cgroup controller \(controller.rawValue) not available"
            default: "this kernel has no such file"
            }
        return "\(setting.file) = \(setting.value) in \(group): not enforced (\(reason))"
    }
}
