import Containers
import Foundation
import JSONText
import Linux
import OCI
import Server
import Shim
import SystemPackage

@testable import CNI
@testable import Cgroups
@testable import Init
@testable import KubeletAPI

/// What each target does with the bytes that libFuzzer makes: errors are fine, a trap is a finding.
private let targets: [String: @Sendable ([UInt8]) throws -> Void] = [
    "config": { bytes in
        let spec = try JSONReader.read(RuntimeSpec.self, from: bytes)
        try spec.validate()
        var container = ContainerSpec(spec: spec, bundle: "/bundle")
        if let profile = spec.linux?.seccomp { container.seccompFilter = try? SeccompFilter(compiling: profile) }
        container.meetings = .init(maker: 0, start: 1, console: 2)
        var writer = ByteWriter()
        let program = try InitProgram(container)
        program.encode(to: &writer)
        var reader = ByteReader(writer.bytes)
        precondition((try? InitProgram(from: &reader)) == program)
        for step in program.steps { _ = "\(step)" }
        if let resources = spec.linux?.resources { _ = try CgroupSettings(resources) }
    },
    "json": { bytes in
        let value = try JSON(parsing: bytes)
        precondition((try? JSON(parsing: value.encoded)) == value)
        precondition((try? JSON(parsing: value.indented)) == value)
    },
    "seccomp": { bytes in _ = try SeccompFilter(compiling: JSONReader.read(RuntimeSpec.Seccomp.self, from: bytes)) },
    "cgroup": { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        _ = nestedKeyed(text)
        _ = try? flatKeyed(text, file: "f")
        _ = try? Limit(parsing: text, file: "f")
        _ = try? CPUQuota(parsing: text)
        _ = try? CPUStatistics(parsing: text)
        _ = try? NumberList(parsing: text)
        _ = try? MemoryEvents(parsing: text)
        _ = try? MemoryStatistics(parsing: text)
        _ = try? Pressure(parsing: text)
        _ = try? ProcessStat(parsing: text)
    },
    "passwd": { bytes in
        let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
        try replaceFile(at: accounts.appending("etc/passwd"), with: parts[0])
        try replaceFile(at: accounts.appending("etc/group"), with: parts.last ?? [])
        for user in [InitProgram.Identity.id(7), .name("web")] {
            let wish = InitProgram.Credentials(
                user: user, group: nil, additionalGroups: [5], joinsListedGroups: true, refusesRoot: false,
                capabilities: nil)
            let root = try openDirectory(accounts)
            try root.borrow { root throws(SyscallError) in _ = try Account(wish, root: root) }
        }
    },
    "message": { bytes in
        var reader = ByteReader(bytes)
        if let program = try? InitProgram(from: &reader) {
            var writer = ByteWriter()
            program.encode(to: &writer)
        }
        _ = try? ShimRequest(decoding: bytes)
        _ = try? ShimReply(decoding: bytes)
        _ = try? ForkRequest(decoding: bytes)
        var messages = ChildMessages()
        messages.append(bytes)
        _ = messages.decoded()
    },
    "cni": { bytes in
        _ = try? NetworkConfiguration(parsing: bytes)
        let value = try JSON(parsing: bytes)
        _ = try? NetworkResult(reading: value)
        _ = PluginError(value)
    },
    "spdy": { bytes in
        var parser = SPDYParser()
        parser.append(bytes)
        while let frame = try? parser.next() { _ = frame.encoded }
        if let headers = try? SPDYHeaders(decoding: bytes) {
            precondition((try? SPDYHeaders(decoding: headers.encoded)) == headers)
        }
    },
    "log": { bytes in
        for line in bytes.split(separator: 10) { if let line = LogLine(parsing: line) { _ = line.time } }
    },
]

private let accounts = FilePath("/dev/shm/swiftlet-fuzz-\(processID())")
private let target: @Sendable ([UInt8]) throws -> Void = {
    try? makeDirectories(accounts.appending("etc"))
    guard let target = targets[environmentVariable("SWIFTLET_FUZZ") ?? ""] else {
        preconditionFailure("SWIFTLET_FUZZ names no target")
    }
    return target
}()

/// Source: llvm.org/docs/LibFuzzer.html, "Fuzz Target".
@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    try? target(Array(UnsafeBufferPointer(start: data, count: size)))
    return 0
}

/// Source: FuzzerInterface.h of LLVM: the driver, where a program has a `main` of its own, as SwiftPM's have.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// What SwiftPM calls the `main` of `swiftlet-fuzz`.
@_cdecl("swiftlet_fuzz_main")
func begin(_ count: CInt, _ words: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> CInt {
    var (count, words) = (count, words)
    return runDriver(&count, &words, testOneInput)
}
