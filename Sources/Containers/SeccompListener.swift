package import Linux
package import SystemPackage

/// Hands the descriptor that hears of a container's calls to whoever answers them.
package enum SeccompListener {
    /// Connects to `listenerPath` and sends the state with the descriptor, in one message.
    ///
    /// To be called when the process says ``InitProgram/Stage/seccomp``: its packet carries the descriptor.
    ///
    /// - Parameter message: a ``ContainerProcessState`` as JSON.
    /// - SeeAlso: runtime-spec, config-linux.md, "Seccomp".
    package static func give(
        _ listener: FileDescriptor, to path: FilePath, message: [UInt8]
    ) throws(SyscallError) {
        let socket = try UnixSocket.connecting(to: path, .stream)
        try socket.borrow { fd throws(SyscallError) in
            try fd.makeBlocking()
            try fd.sendPacket(message, descriptors: [listener])
        }
    }
}
