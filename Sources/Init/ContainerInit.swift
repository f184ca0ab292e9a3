import CLinux
import Glibc
import Linux
import SystemPackage

/// Carries out a program in the cloned child, step by step. It knows kernel calls and no policy.
struct ContainerInit {
    var slots: [InitProgram.Slot: FileDescriptor] = [:]
    var streams: [FileDescriptor]
    var status: FileDescriptor
    /// How many descriptors from 3 on the program inherits.
    let preserved: UInt32
    /// ``Launch/bareMounts``.
    let bareMounts: FileDescriptor?
    /// Whether its mounts are a copy of ``bareMounts``.
    var isBare = false
    /// ``Launch/permit``, until it has been heard.
    var permit: FileDescriptor?
    /// The container's, as hooks read it; whoever makes the container has sent it.
    var state: [UInt8] = []
    /// Whether 0…2 are the program's already.
    var hasStreams = false
    /// Who the process becomes, once its files have been read for that.
    var account: Account?
    /// The user's, learnt when the credentials are set.
    var home = "/"
    /// The empty directory that covers masked ones, once it is mounted somewhere.
    var emptyDirectory: FileDescriptor?
    /// The mount at the root's `/proc`, once it has been looked for: what is attached there changes it.
    var procMount: ProcMount?
    /// Where the last device or link was made, as long as more of them follow.
    var lastParent: (root: FileDescriptor, path: FilePath, directory: FileDescriptor)?

    init(
        slots: [FileDescriptor], streams: [FileDescriptor], status: FileDescriptor, permit: FileDescriptor? = nil,
        preserved: UInt32 = 0, bareMounts: FileDescriptor? = nil
    ) {
        for (index, fd) in slots.enumerated() { self.slots[UInt32(index)] = fd }
        self.streams = streams
        self.status = status
        self.permit = permit
        self.preserved = preserved
        self.bareMounts = bareMounts
    }

    mutating func run(_ steps: [InitProgram.Step]) throws(SyscallError) {
        try carryOut(steps)
        throw SyscallError("program ends without executing anything", .invalidArgument)
    }

    mutating func carryOut(_ steps: [InitProgram.Step]) throws(SyscallError) {
        for step in steps {
            do throws(SyscallError) {
                if step.needsPermit { try awaitPermit() }
                try perform(step)
            } catch {
                throw SyscallError("\(step): \(error.operation)", error.errno)
            }
        }
    }

    private mutating func perform(_ step: InitProgram.Step) throws(SyscallError) {
        if !step.makesNode { forgetParent() }
        switch step {
        case .copyMount, .makeFilesystem, .changeMount, .setPropagation, .enterRoot, .openRoot, .makeUserNamespace,
            .mapIDs, .makeMountNamespace, .leaveHostMounts, .place, .openPath, .reconfigure, .copyUp:
            try performMount(step)
        case .attach(let slot, let root, let path, let place):
            let target = try open(path, in: try fd(root), place, for: try fd(slot))
            defer { try? target.close() }
            try check(target, as: path, in: try fd(root), of: try fd(slot))
            try Mount.move(try fd(slot), to: target)
            if FilePath(path).lexicallyNormalized() == "/proc" { procMount = nil }
        case .makeDirectory(let root, let path, let mode): try makeDirectory(path, in: try fd(root), mode: mode)
        case .makeDevice(let root, let path, let device): try make(device, at: path, in: try fd(root))
        case .makeLink(let root, let path, let target): try makeLink(path, to: target, in: try fd(root))
        case .mask(let root, let path): try mask(path, in: try fd(root))
        case .makeReadOnly(let root, let path): try makeReadOnly(path, in: try fd(root))
        case .write(let slot, let path, let content): try write(content, to: path, in: try fd(slot))
        case .copyProgram(let slot, let path): slots[slot] = try copyProgram(path)
        default: try performLater(step)
        }
    }

    private mutating func performLater(_ step: InitProgram.Step) throws(SyscallError) {
        switch step {
        case .setHostname(let name):
            try syscall("sethostname") { unsafe linux_sethostname(name, UInt64(name.utf8.count)) }
        case .setDomainName(let name):
            try syscall("setdomainname") { unsafe linux_setdomainname(name, UInt64(name.utf8.count)) }
        case .setResourceLimit(let resource, let soft, let hard):
            try orWarn("\(step)") { () throws(SyscallError) in
                try syscall("setrlimit") { linux_setrlimit(resource, soft, hard) }
            }
        case .newSession: try syscall("setsid") { setsid() }
        case .setMask(let mask): _ = umask(mask)
        case .changeDirectory(let path): try changeDirectory(path)
        case .setCredentials(let credentials, let root): try become(credentials, root: try fd(root))
        case .setNoNewPrivileges: try syscall("prctl") { linux_prctl(LINUX_PR_SET_NO_NEW_PRIVS, 1, 0) }
        case .setSeccompFilter(let program, let flags, let listener):
            try placeStreams()
            try load(program, flags, listener)
        case .wait(let slot):
            let fd = try fd(slot)
            var byte: UInt8 = 0
            try syscall("read") { unsafe read(fd.rawValue, &byte, 1) }
        case .execute(let arguments, let environment): try execute(arguments, environment)
        case .executeSlot(let slot, let arguments, let environment):
            try execute(try fd(slot), arguments, environment)
        default: try performSurroundings(step)
        }
    }

    func fd(_ slot: InitProgram.Slot) throws(SyscallError) -> FileDescriptor {
        guard let fd = slots[slot] else { throw SyscallError("slot \(slot) is empty", .badFileDescriptor) }
        return fd
    }

    /// Its end instead of a byte: whoever started this process is gone, and nobody knows of it.
    private mutating func awaitPermit() throws(SyscallError) {
        guard let permit else { return }
        var byte: UInt8 = 0
        let count = try syscall("await permit") { unsafe read(permit.rawValue, &byte, 1) }
        guard count == 1 else { throw SyscallError("whoever starts the process is gone", .connectionReset) }
        try? permit.close()
        self.permit = nil
    }

    /// Comes before all else: `/proc` is still the runtime's, which no container can have covered (CVE-2025-52881), and
    /// none of the container's own has to be made for it, whose end would cost a grace period of the kernel's.
    ///
    /// Source: `proc_pid_oom_score_adj(5)`.
    func adjustOOMScore(_ value: Int32) throws(SyscallError) {
        do throws(SyscallError) {
            try orWarn("set oom_score_adj \(value)") { () throws(SyscallError) in
                try writeKernelFile("/proc/self/oom_score_adj", "\(value)")
            }
        } catch {
            throw SyscallError("set oom_score_adj \(value): \(error.operation)", error.errno)
        }
    }

    /// Some rights are nice to have: without them the container runs, and whoever started it is told.
    private func orWarn(_ what: String, _ body: () throws(SyscallError) -> Void) throws(SyscallError) {
        do throws(SyscallError) {
            try body()
        } catch {
            guard error.errno == .notPermitted || error.errno == .permissionDenied else { throw error }
            report(.warning, SyscallError("\(what): \(error.operation)", error.errno), to: status)
        }
    }

    /// CVE-2024-21626: a working directory behind a leaked descriptor lies outside the root, and the kernel says so.
    private func changeDirectory(_ path: String) throws(SyscallError) {
        try syscall("chdir") { unsafe chdir(path) }
        do throws(SyscallError) {
            if try currentDirectory().isAbsolute { return }
        } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw error }
        }
        throw SyscallError("working directory is outside the root", .noSuchFileOrDirectory)
    }
}

extension InitProgram.Step {
    fileprivate var makesNode: Bool {
        switch self {
        case .makeDevice, .makeLink: true
        default: false
        }
    }

    /// From here on the process lasts, or can no longer wait: a filter may forbid it.
    fileprivate var needsPermit: Bool {
        switch self {
        case .awaitStart, .setSeccompFilter, .execute, .executeSlot: true
        default: false
        }
    }
}
