/// What an image runs on, in Go's words: `linux`, `arm64`, `v8`.
///
/// Source: image-spec, image-index.md, "platform"; the order of variants: containerd's `platforms` package.
package struct Platform: Codable, Hashable, Sendable {
    package var architecture: String
    package var os: String
    package var variant: String?

    package init(os: String, architecture: String, variant: String? = nil) {
        self.os = os
        self.architecture = architecture
        self.variant = variant
    }

    /// The machine that this program was built for.
    package static var current: Platform {
        #if arch(x86_64)
        Platform(os: "linux", architecture: "amd64")
        #elseif arch(arm64)
        Platform(os: "linux", architecture: "arm64", variant: "v8")
        #elseif arch(arm)
        Platform(os: "linux", architecture: "arm", variant: "v7")
        #elseif arch(i386)
        Platform(os: "linux", architecture: "386")
        #elseif arch(powerpc64le)
        Platform(os: "linux", architecture: "ppc64le")
        #elseif arch(riscv64)
        Platform(os: "linux", architecture: "riscv64")
        #else
        Platform(os: "linux", architecture: "s390x")
        #endif
    }

    /// With the aliases that image builders write replaced: `x86_64` is `amd64`, `aarch64` and `8` are `arm64` `v8`.
    package var normalized: Platform {
        var result = Platform(os: os.lowercased(), architecture: architecture.lowercased(), variant: variant)
        if result.variant == "" { result.variant = nil }
        switch result.architecture {
        case "x86_64", "x86-64": result.architecture = "amd64"
        case "i386", "i486", "i586", "i686": result.architecture = "386"
        case "aarch64": result.architecture = "arm64"
        case "armhf": (result.architecture, result.variant) = ("arm", "v7")
        case "armel": (result.architecture, result.variant) = ("arm", "v6")
        default: break
        }
        if let variant = result.variant, variant.utf8.first?.isDigit == true { result.variant = "v" + variant }
        switch (result.architecture, result.variant) {
        case ("arm64", nil): result.variant = "v8"
        case ("arm64", "v8.0"): result.variant = "v8"
        case ("arm64", "v9.0"): result.variant = "v9"
        case ("arm", nil): result.variant = "v7"
        case ("amd64", "v1"): result.variant = nil
        default: break
        }
        return result
    }

    /// The platforms whose programs run on this one, the best first.
    package var compatible: [Platform] {
        let own = normalized
        func with(_ variants: [String?]) -> [Platform] {
            variants.map { Platform(os: own.os, architecture: own.architecture, variant: $0) }
        }
        let version = own.variant.flatMap { Int($0.dropFirst()) }
        switch own.architecture {
        case "amd64":
            let levels = with((version ?? 1) >= 2 ? (2...(version ?? 2)).reversed().map { "v\($0)" } + [nil] : [nil])
            return levels + [Platform(os: own.os, architecture: "386")]
        case "arm": return with((5...max(5, version ?? 7)).reversed().map { "v\($0)" })
        case "arm64": return with(Self.arm64Variants(upTo: own.variant ?? "v8"))
        default: return [own]
        }
    }

    /// `v9.2` runs `v9.2`, `v9.1`, `v9`, then `v8.7` … `v8`: version 9.x has everything of 8.(x+5).
    private static func arm64Variants(upTo variant: String) -> [String] {
        let numbers = variant.dropFirst().split(separator: ".").map { Int($0) ?? 0 }
        let major = numbers.first ?? 8
        let minor = numbers.count > 1 ? numbers[1] : 0
        func names(_ major: Int, _ minor: Int) -> [String] {
            (0...minor).reversed().map { $0 == 0 ? "v\(major)" : "v\(major).\($0)" }
        }
        return major >= 9 ? names(9, minor) + names(8, minor + 5) : names(8, minor)
    }

    /// How well an image for `other` suits this machine: 0 is best, `nil` is not at all.
    package func rank(_ other: Platform) -> Int? { compatible.firstIndex(of: other.normalized) }
}

extension Platform: CustomStringConvertible {
    package var description: String { "\(os)/\(architecture)" + (variant.map { "/\($0)" } ?? "") }
}

extension ImageIndex {
    /// The entries that run on a platform, the best first; entries as good as each other stay in the index's order.
    ///
    /// An entry without a platform comes last: only its config tells. Attestations (`unknown/unknown`) never match.
    package func entries(for platform: Platform) -> [Descriptor] {
        let usable = manifests.enumerated().compactMap { position, entry -> (Int, Int, Descriptor)? in
            guard MediaType.isManifest(entry.mediaType) || MediaType.isIndex(entry.mediaType) else { return nil }
            guard let offered = entry.platform else { return (Int.max, position, entry) }
            return platform.rank(offered).map { ($0, position, entry) }
        }
        return usable.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
    }
}
