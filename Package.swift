// swift-tools-version: 6.2

import PackageDescription

/// Every Swift target compiles with the same rules: data races, unsafe pointers and warnings are errors.
let rules: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let asn1 = Target.Dependency.product(name: "SwiftASN1", package: "swift-asn1")
let certificates = Target.Dependency.product(name: "X509", package: "swift-certificates")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let http = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let log = Target.Dependency.product(name: "Logging", package: "swift-log")
let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioFoundation = Target.Dependency.product(name: "NIOFoundationCompat", package: "swift-nio")
let nioHTTP = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTP2 = Target.Dependency.product(name: "NIOHTTP2", package: "swift-nio-http2")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioWebSocket = Target.Dependency.product(name: "NIOWebSocket", package: "swift-nio")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let ssl = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

/// Bottom to top, as the module map in README.md draws them: a target imports only targets listed before it.
let package = Package(
    name: "swiftlet",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-http2.git", from: "1.42.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.30.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
    ],
    targets: [
        // What must be C, and the system libraries.
        .target(name: "CLinux"),
        .target(
            name: "CEarly",
            // It runs before there is a C library: no call may be put in, and no canary read.
            cSettings: [.unsafeFlags(["-Os", "-ffreestanding", "-fno-stack-protector"])]),
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CCap", pkgConfig: "libcap", providers: [.apt(["libcap-dev"])]),
        .systemLibrary(
            name: "CNetlink", pkgConfig: "libnl-route-3.0", providers: [.apt(["libnl-route-3-dev"])]),
        .systemLibrary(name: "CMnl", pkgConfig: "libmnl", providers: [.apt(["libmnl-dev"])]),
        .systemLibrary(name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
        .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // Typed kernel calls; the only importer of Glibc.
        .target(name: "Linux", dependencies: ["CLinux", system], swiftSettings: rules),

        // What a container's first process does; JSON as a value.
        .target(name: "Init", dependencies: ["Linux", "CLinux", system], swiftSettings: rules),
        .target(name: "JSONText", swiftSettings: rules),

        // Who starts and keeps processes; kernel trees and messages.
        .target(name: "Shim", dependencies: ["Linux", system], swiftSettings: rules),
        .target(name: "Cgroups", dependencies: ["Linux", system], swiftSettings: rules),
        .target(name: "Netlink", dependencies: ["Linux", "CNetlink", system], swiftSettings: rules),
        .target(name: "Systemd", dependencies: ["Linux", "CSystemd", log, system], swiftSettings: rules),
        .target(name: "Units", dependencies: ["Cgroups", "Linux", system], swiftSettings: rules),
        .target(name: "Gzip", dependencies: ["Linux", "CArchive", system], swiftSettings: rules),

        // Words: values only. What has been taken.
        .target(name: "OCI", swiftSettings: rules),
        .target(name: "Kubernetes", dependencies: ["JSONText", yams], swiftSettings: rules),
        .target(name: "Ledger", dependencies: ["Linux", system], swiftSettings: rules),

        // Decides; one kind of thing each.
        .target(name: "Pods", dependencies: ["Kubernetes", "JSONText", lifecycle, log], swiftSettings: rules),
        .target(
            name: "Images",
            dependencies: [
                "OCI", "Kubernetes", "Ledger", "JSONText", "Linux", "CArchive", crypto, http, log, nio, nioHTTP, ssl,
                system,
            ],
            swiftSettings: rules),
        .target(
            name: "Containers",
            dependencies: ["OCI", "Shim", "Cgroups", "Netlink", "Linux", "CSeccomp", "CCap", log, system],
            swiftSettings: rules),
        .target(
            name: "CNI", dependencies: ["Netlink", "CMnl", "Ledger", "JSONText", "Linux", log, subprocess, system],
            swiftSettings: rules),
        .target(
            name: "Statistics", dependencies: ["Cgroups", "Kubernetes", "JSONText", "Linux"], swiftSettings: rules),

        // Does a plan's steps.
        .target(
            name: "Machine",
            dependencies: [
                "Pods", "Kubernetes", "Images", "Containers", "CNI", "Netlink", "Cgroups", "OCI", "Ledger", "Shim",
                "Init", "Gzip", "Statistics", "Units", "Linux", log, lifecycle, system,
            ],
            swiftSettings: rules),

        // Asks containers how they are.
        .target(
            name: "Probes",
            dependencies: [
                "Machine", "Pods", "Linux", nio, nioHTTP, nioHTTP2, nioPosix, ssl, system,
            ],
            swiftSettings: rules),

        // The line to the cluster.
        .target(
            name: "APIServer",
            dependencies: [
                "Kubernetes", "JSONText", "Linux", asn1, certificates, crypto, http, lifecycle, log, nio, nioHTTP, ssl,
                system,
            ],
            swiftSettings: rules),

        // Speaks for the node; answers callers.
        .target(
            name: "Node",
            dependencies: [
                "APIServer", "Pods", "Kubernetes", "Ledger", "JSONText", "Linux", http, lifecycle, log, nio, nioHTTP,
                system,
            ],
            swiftSettings: rules),
        .target(
            name: "Server",
            dependencies: ["Kubernetes", "Shim", "Gzip", "JSONText", "Linux", lifecycle, log, system],
            swiftSettings: rules),
        .target(
            name: "KubeletAPI",
            dependencies: [
                "Server", "Kubernetes", "JSONText", "Linux", "CZlib", asn1, certificates, crypto, lifecycle, log, nio,
                nioHTTP, nioPosix, nioWebSocket, ssl, system,
            ],
            swiftSettings: rules),

        // The programs.
        .executableTarget(
            name: "swiftlet",
            dependencies: [
                "APIServer", "KubeletAPI", "Server", "Node", "Probes", "Machine", "Pods", "Kubernetes", "Images",
                "Containers", "CNI", "Cgroups", "Statistics", "Systemd", "Units", "Ledger", "Shim", "OCI", "JSONText",
                "Linux", arguments, certificates, lifecycle, log, signals, system, yams,
            ],
            swiftSettings: rules),
        .executableTarget(
            name: "swiftlet-shim", dependencies: ["Init", "Shim", "Linux", "CLinux", system], swiftSettings: rules,
            linkerSettings: [
                .unsafeFlags(["-static-executable"]),
                // Its file is copied into memory when the agent starts: names for a debugger would double it.
                .unsafeFlags(["-Xlinker", "-s"], .when(configuration: .release)),
            ]),
        .executableTarget(
            name: "swiftlet-oci",
            dependencies: ["Containers", "Units", "Init", "Cgroups", "OCI", "JSONText", "Linux", "CEarly", system],
            swiftSettings: rules,
            linkerSettings: [.unsafeFlags(["-static-executable", "-Xlinker", "--entry=swiftlet_oci_begin"])]),
        .executableTarget(
            name: "pause",
            cSettings: [
                .unsafeFlags(["-Os", "-ffreestanding", "-fno-stack-protector", "-fno-asynchronous-unwind-tables"])
            ],
            linkerSettings: [
                // No runtime, no libc, no start files: what is left is pause.c and an ELF header, under 1 KB.
                .unsafeFlags(["-static-executable", "-nostartfiles", "-Xclang-linker", "-nostdlib", "-Xlinker", "-s"])
            ]),

        // The tests, tier by tier: see README.md.
        .target(name: "TestSupport", dependencies: ["Linux", system], path: "Tests/TestSupport", swiftSettings: rules),
        .testTarget(name: "OCITests", dependencies: ["OCI"], swiftSettings: rules),
        .testTarget(
            name: "StatisticsTests", dependencies: ["Statistics", "Cgroups", "Kubernetes", "JSONText", "Linux"],
            swiftSettings: rules),
        .testTarget(name: "CgroupsTests", dependencies: ["Cgroups", "Linux", system], swiftSettings: rules),
        .testTarget(
            name: "ContainersTests", dependencies: ["Containers", "Cgroups", "OCI", "Linux", system],
            swiftSettings: rules),
        .testTarget(
            name: "MachineRulesTests",
            dependencies: [
                "Machine", "Pods", "Kubernetes", "Containers", "OCI", "Cgroups", "Netlink", "Shim", "Gzip",
                "Statistics",
                "Linux", system,
            ],
            swiftSettings: rules),
        .testTarget(name: "KubernetesTests", dependencies: ["Kubernetes", "JSONText"], swiftSettings: rules),
        .testTarget(
            name: "PodsTests", dependencies: ["Pods", "Kubernetes", "JSONText", lifecycle, log], swiftSettings: rules),
        .testTarget(
            name: "ProbesTests", dependencies: ["Probes", "Pods", nio, nioHTTP, nioHTTP2, nioPosix],
            swiftSettings: rules),
        .testTarget(name: "SystemdTests", dependencies: ["Systemd", log], swiftSettings: rules),
        .testTarget(name: "UnitsTests", dependencies: ["Units", "Cgroups", "Linux", system], swiftSettings: rules),
        .testTarget(
            name: "MachineTests",
            dependencies: ["Systemd", "Units", "Containers", "Cgroups", "OCI", "Linux", log, subprocess, system],
            swiftSettings: rules),
        .testTarget(name: "CNITests", dependencies: ["CNI", "JSONText", "Linux", system], swiftSettings: rules),
        .testTarget(name: "LinuxTests", dependencies: ["Linux", "CLinux", system], swiftSettings: rules),
        .testTarget(name: "APIServerTests", dependencies: ["APIServer", http, nio, system], swiftSettings: rules),
        .testTarget(
            name: "NodeTests",
            dependencies: [
                "Node", "Pods", "Kubernetes", "Ledger", "JSONText", "Linux", "TestSupport", log, nio, nioPosix, system,
            ],
            swiftSettings: rules),
        .testTarget(
            name: "ServerTests",
            dependencies: ["Server", "Kubernetes", "Gzip", "JSONText", "Linux", lifecycle, system],
            swiftSettings: rules),
        .testTarget(
            name: "KubeletAPITests",
            dependencies: [
                "KubeletAPI", "Server", "Kubernetes", "JSONText", "Linux", "TestSupport", asn1, certificates,
                crypto, http, lifecycle, log, nio, nioHTTP, nioPosix, nioWebSocket, ssl, system,
            ],
            swiftSettings: rules),
        .testTarget(
            name: "ImagesTests", dependencies: ["Images", "OCI", "Linux", system], swiftSettings: rules),
        .testTarget(
            name: "ConformanceTests", dependencies: ["JSONText", "Linux", "TestSupport", system],
            swiftSettings: rules),
        .testTarget(
            name: "HostTests",
            dependencies: [
                "CNI", "Cgroups", "Containers", "Gzip", "Images", "JSONText", "Ledger", "Linux", "Netlink", "OCI",
                "Server", "Shim", "TestSupport", log, system,
            ],
            swiftSettings: rules),
    ]
)
