import CLinux
import Glibc
import Linux
import SystemPackage

extension ContainerInit {
    /// A pair of the container's own `/dev/pts`; its far end becomes the process' streams and `/dev/console`.
    ///
    /// CVE-2025-52565: what is opened must be the multiplexer of a devpts, and its other end is got by descriptor, never
    /// by a path that a link in the root could lead elsewhere.
    mutating func make(_ terminal: InitProgram.Terminal) throws(SyscallError) {
        let root = try fd(terminal.root)
        let directory = try root.openInRoot("/dev/pts", [.path, .directory])
        let master = try directory.borrow { directory throws(SyscallError) in
            guard try directory.filesystem().type == FilesystemStatus.devpts else {
                throw SyscallError("/dev/pts is no devpts", .noSuchAddressOrDevice)
            }
            return try directory.open("ptmx", [.readWrite, .noTerminal], resolve: [.beneath, .noLinks, .noMounts])
        }
        try master.borrow { master throws(SyscallError) in
            let peer = FileDescriptor(
                rawValue: try syscall("ioctl TIOCGPTPEER") { linux_terminal_peer(master.rawValue) })
            if terminal.rows != 0 || terminal.columns != 0 {
                try syscall("ioctl TIOCSWINSZ") {
                    linux_set_terminal_size(peer.rawValue, terminal.rows, terminal.columns)
                }
            }
            if terminal.owner != 0 { try syscall("chown") { fchown(peer.rawValue, terminal.owner, gid_t.max) } }
            if terminal.isConsole { try bindConsole(peer, in: root) }
            try fd(terminal.socket).sendPacket(Array("/dev/ptmx".utf8), descriptors: [master])
            streams = [peer, peer, peer]
            if terminal.isConsole { try takeStreams(peer) }
        }
    }

    /// A container that waits for its start must not keep whoever created it from seeing the end of its own streams.
    private func takeStreams(_ terminal: FileDescriptor) throws(SyscallError) {
        let needed = (slots.values + [status] + [permit].compactMap(\.self)).map(\.rawValue)
        for stream in Int32(0)..<3 where !needed.contains(stream) && stream != terminal.rawValue {
            try syscall("dup2") { dup2(terminal.rawValue, stream) }
        }
    }

    /// `/dev/console` is the terminal itself. Source: runtime-spec, config-linux.md, "Default Devices".
    private func bindConsole(_ terminal: FileDescriptor, in root: FileDescriptor) throws(SyscallError) {
        let copy = try Mount.copy(of: "", from: terminal, recursive: false)
        try copy.borrow { copy throws(SyscallError) in
            let place = try open("/dev/console", in: root, .file, for: copy)
            defer { try? place.close() }
            try Mount.move(copy, to: place)
        }
    }
}
