import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1
import OCI
import SystemPackage

extension RegistryClient {
    /// A manifest or index as a registry gave it, verified.
    struct Document: Sendable {
        let descriptor: Descriptor
        let bytes: [UInt8]
    }

    private static let manifestTypes = [
        MediaType.dockerManifest, MediaType.dockerManifestList, MediaType.manifest, MediaType.index, "*/*",
    ]

    /// Tries each host in turn. A host that does not have it, or cannot be used, hands over to the next.
    func eachHost<R>(
        resolving: Bool = false, _ body: (RegistryHost) async throws -> R
    ) async throws -> R {
        var first: (any Error)?
        for host in hosts where host.canResolve || !resolving {
            do {
                return try await body(host)
            } catch let error as ImageError {
                switch error {
                case .notFound, .unavailable, .unauthorized, .corrupt: first = first ?? error
                default: throw error
                }
                // What the registry says is worth more than that it cannot be reached another way.
                if case .unavailable? = first as? ImageError { first = error }
            }
        }
        throw first ?? ImageError.unavailable(registry: reference.domain, "hosts.toml leaves nobody to ask")
    }

    /// What a tag stands for: only its digest if the registry says it, and the document if not.
    func resolve(limit: Int) async throws -> (digest: Digest, document: Document?) {
        if let digest = reference.digest { return (digest, nil) }
        let tag = reference.tag ?? "latest"
        return try await eachHost(resolving: true) { host in
            let head = Request(method: .HEAD, path: "manifests/\(tag)", accept: Self.manifestTypes)
            let response = try await send(head, to: host)
            if response.status == .ok,
                let digest = response.headers.first(name: "Docker-Content-Digest").flatMap({ Digest($0) }),
                digest.isVerifiable
            {
                return (digest, nil)
            }
            // No digest, no HEAD here, or a refusal whose words only GET brings.
            let document = try await document(tag, expecting: nil, announced: nil, limit, from: host)
            return (document.descriptor.digest, document)
        }
    }

    /// A manifest or index by its digest.
    func document(_ digest: Digest, announced: String?, limit: Int) async throws -> Document {
        guard digest.isVerifiable else { throw ImageError.unsupported("manifest \(digest): cannot verify its digest") }
        return try await eachHost { host in
            try await document(digest.description, expecting: digest, announced: announced, limit, from: host)
        }
    }

    private func document(
        _ name: String, expecting digest: Digest?, announced: String?, _ limit: Int, from host: RegistryHost
    ) async throws -> Document {
        let response = try await send(Request(path: "manifests/\(name)", accept: Self.manifestTypes), to: host)
        guard response.status == .ok else { throw await Self.refusal(response, "manifest \(name)", host) }
        let bytes = try await collect(response, limit, "manifest \(name)", host)
        let found = Hasher256.digest(of: bytes)
        let promised = response.headers.first(name: "Docker-Content-Digest").flatMap { Digest($0) }
        for due in [digest, promised?.isVerifiable == true ? promised : nil].compactMap({ $0 }) where due != found {
            throw ImageError.corrupt("manifest \(name) from \(host.name): its content is \(found), where \(due) is due")
        }
        let type = response.headers.first(name: "Content-Type").map { header in
            header.prefix { $0 != ";" && $0 != " " }.lowercased()
        }
        let known = type.flatMap { MediaType.isIndex($0) || MediaType.isManifest($0) ? $0 : nil }
        for said in [known, announced].compactMap({ $0 }) {
            _ = try ImageDocuments.probe(bytes, announced: said, found)
        }
        let kind = try ImageDocuments.probe(bytes, announced: known ?? announced, found)
        let usual = kind == .index ? MediaType.index : MediaType.manifest
        return Document(
            descriptor: Descriptor(mediaType: known ?? announced ?? usual, digest: found, size: Int64(bytes.count)),
            bytes: bytes)
    }

    private func collect(
        _ response: HTTPClientResponse, _ limit: Int, _ what: String, _ host: RegistryHost
    ) async throws -> [UInt8] {
        do {
            return Array(try await response.body.collect(upTo: limit).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw ImageError.tooLarge("\(what) from \(host.name): more than \(limit) bytes")
        } catch {
            throw Self.explain(error, host)
        }
    }

    /// Brings a blob into a file, from where an earlier try left off.
    func download(
        _ descriptor: Descriptor, into path: FilePath, on space: DiskSpace, progress: @Sendable (Int64) async -> Void
    ) async throws {
        try await eachHost { host in
            var failures = 0
            while true {
                let blob = try BlobFile(path, on: space, resume: true)
                let start = blob.size
                do {
                    try await fill(blob, descriptor, host, progress)
                } catch let error as ImageError {
                    throw error
                } catch {
                    // A connection that brought something may be tried again for ever, one that did not three times.
                    failures = blob.size > start ? 0 : failures + 1
                    let reason = Self.explain(error, host)
                    if failures >= 3 || reason is CancellationError || !Self.isBroken(error) { throw reason }
                    try await Task.sleep(for: .milliseconds(100 << failures))
                    continue
                }
                if blob.size == descriptor.size && blob.digest == descriptor.digest { return try blob.sync() }
                let found = blob.digest
                try blob.reset()
                // What was there before may be the fault, not what came now.
                if start > 0 { continue }
                throw ImageError.corrupt("blob \(descriptor.digest) from \(host.name): its content is \(found)")
            }
        }
    }

    /// A body that ended in its middle. A silent registry is something else: it would only be silent again.
    private static func isBroken(_ error: any Error) -> Bool {
        if error is ShortBody || isTransient(error) { return true }
        guard let error = error as? HTTPClientError else { return "\(type(of: error))".contains("HTTPParserError") }
        return error != .readTimeout && error != .deadlineExceeded && error != .connectTimeout
    }

    private struct ShortBody: Error, CustomStringConvertible {
        var description: String { "a blob ended too early, again and again" }
    }

    private func fill(
        _ blob: BlobFile, _ descriptor: Descriptor, _ host: RegistryHost, _ progress: (Int64) async -> Void
    ) async throws {
        if blob.size > descriptor.size { try blob.reset() }
        if blob.size == descriptor.size && blob.size > 0 { return }
        let request = Request(path: "blobs/\(descriptor.digest)", offset: blob.size, isLong: true)
        let response = try await send(request, to: host)
        switch response.status.code {
        case 206:
            let range = response.headers.first(name: "Content-Range") ?? ""
            guard range.hasPrefix("bytes \(blob.size)-") else {
                throw ImageError.unavailable(
                    registry: host.name, "asked for bytes from \(blob.size), it sends \(range.oneLine)")
            }
        case 200: if blob.size > 0 { try blob.reset() }
        case 416: return try blob.reset()
        case 404 where descriptor.urls?.isEmpty == false:
            throw ImageError.unsupported(
                "blob \(descriptor.digest): registry \(host.name) does not have it, and layers that lie elsewhere "
                    + "(\(descriptor.urls?.first?.oneLine ?? "")) are not fetched")
        default: throw await Self.refusal(response, "blob \(descriptor.digest)", host)
        }
        await progress(blob.size)
        for try await chunk in response.body {
            guard blob.size + Int64(chunk.readableBytes) <= descriptor.size else {
                throw ImageError.corrupt(
                    "blob \(descriptor.digest) from \(host.name): more than the \(descriptor.size) bytes that are due")
            }
            try unsafe chunk.withUnsafeReadableBytes { try unsafe blob.append($0) }
            await progress(blob.size)
        }
        if blob.size < descriptor.size { throw ShortBody() }
    }
}
