import Linux
import SystemPackage

/// What to write into a group's files: a finished list, made by pure code and compared in tests.
package struct CgroupSettings: Equatable, Sendable {
    /// One value for one file.
    package struct Setting: Equatable, Sendable {
        /// `nil` for files that every group has.
        package var controller: Controller?
        package var file: String
        package var value: String
        /// The value lifts a limit: when the file is not there, nothing is amiss.
        package var isDefault: Bool

        package init(_ controller: Controller?, _ file: String, _ value: String, isDefault: Bool = false) {
            self.controller = controller
            self.file = file
            self.value = value
            self.isDefault = isDefault
        }
    }

    /// Written in this order; of two for one file the later wins.
    package var settings: [Setting] = []

    package init(_ settings: [Setting] = []) { self.settings = settings }

    package mutating func append(_ setting: Setting) { settings.append(setting) }

    package mutating func append(_ other: CgroupSettings) { settings += other.settings }

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
        var unenforced: [UnenforcedSetting] = []
        for setting in settings.settings {
            do {
                try write(setting.value, to: setting.file)
            } catch let error as SyscallError where error.errno == .noSuchFileOrDirectory && exists {
                // Source: a group's files come with the controllers that its parent gives it.
                if !setting.isDefault { unenforced.append(UnenforcedSetting(setting: setting, group: "\(path)")) }
            }
        }
        return unenforced
    }
}

/// A limit that the machine cannot enforce, because its cgroup tree lacks the file.
package struct UnenforcedSetting: Equatable, Sendable, CustomStringConvertible {
    package let setting: CgroupSettings.Setting
    package let group: String

    package init(setting: CgroupSettings.Setting, group: String) {
        self.setting = setting
        self.group = group
    }

    package var description: String {
        let controller = setting.controller.map { " (cgroup controller \($0.rawValue) not available)" } ?? ""
        return "\(setting.file) = \(setting.value) in \(group): not enforced\(controller)"
    }
}
