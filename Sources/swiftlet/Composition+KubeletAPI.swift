import FoundationEssentials
import JSONText
import KubeletAPI
import Kubernetes
import Linux
import Logging
import Machine
import Node
import Pods
import Server
import ServiceLifecycle
import SystemPackage

// What the node answers over the network.

extension Composition {
    /// The kubelet's API, and the node's health.
    func kubeletAPI(
        _ node: String, _ machine: Machine, _ pods: PodManager, _ histories: PodHistories, _ questions: NodeControl,
        _ figures: NodeFigures
    ) throws -> KubeletAPI {
        let cluster = figures.cluster
        let settings = apiSettings(node, hasAPIServer: cluster != nil)
        let identity = ServerIdentity(name: try hostName(), dnsNames: [node], addresses: machine.addresses.current)
        let directory = certificateDirectory
        var certificate: ServingCertificate.Provider = { nil }
        if settings.api != nil {
            let files =
                if let certificate = configuration.api.tlsCertFile, let key = configuration.api.tlsPrivateKeyFile {
                    ServingCertificateFiles(certificate: certificate, key: key)
                } else if configuration.serverTLSBootstrap, cluster != nil {
                    // One file holds both; until it is there, nobody is answered.
                    ServingCertificateFiles(
                        certificate: directory.appending("kubelet-server-current.pem"),
                        key: directory.appending("kubelet-server-current.pem"))
                } else {
                    try ServingCertificate.selfSigned(identity, in: directory)
                }
            certificate = { files.current }
        }
        var control = kubeletControl(machine, pods, questions) { uid in
            await pods.entry(of: .init(uid)).map { machine.record(of: $0, pods, histories) }
        }
        control.summary = { try await figures.summary(onlyCPUAndMemory: $0) }
        control.metrics = { try await figures.metrics($0) }
        control.measure = { figures.meter.take($0) }
        if let client = cluster?.client {
            control.authenticate = { try await client.user(withToken: $0) }
            control.review = { try await client.allows($0) }
        }
        return KubeletAPI(settings, control: control, certificate: certificate)
    }

    /// - Parameter record: what is known of a pod, by its UID.
    private func kubeletControl(
        _ machine: Machine, _ pods: PodManager, _ questions: NodeControl,
        record: @escaping @Sendable (String) async throws -> PodRecord?
    ) -> KubeletControl {
        var control = KubeletControl(
            pods: questions.pods, exec: questions.exec, attach: { try await attach(to: $1, ofPod: $0, machine, pods) },
            dial: { uid, port in
                guard let entry = await pods.entry(of: .init(uid)) else {
                    throw ControlError(.notFound, "the pod is gone")
                }
                return try await machine.dial(port, of: entry.pod)
            }, configuration: { [inForce] in inForce.value.told.encoded })
        control.pod = { try await record($0) }
        control.setVerbosity = { [log] level in
            var settings = log.value
            settings.level = JSONLogHandler.level(at: level)
            log.replace(with: settings)
        }
        control.flags = [
            "config": options.config ?? "", "config-dir": options.configDir ?? "", "root-dir": options.rootDir,
            "hostname-override": options.hostnameOverride ?? "", "node-ip": options.nodeIp ?? "",
            "node-labels": options.nodeLabels, "v": "\(configuration.logVerbosity)",
        ]
        control.checks = [
            HealthCheck("syncloop") {
                if await !pods.isReady { throw NotReady(description: "not all sources of pods have spoken") }
            }
        ]
        return control
    }

    /// - Parameter hasAPIServer: without one, nobody can say whose a token is or who may do what.
    private func apiSettings(_ node: String, hasAPIServer: Bool) -> KubeletAPISettings {
        let api = configuration.api
        var settings = KubeletAPISettings(node: node)
        settings.version = BuildVersion.text
        settings.api = nil
        if api.isEnabled {
            let knowsClients = api.clientCAFile != nil || hasAPIServer && api.asksForTokens || api.allowsAnonymous
            if knowsClients && (hasAPIServer || api.authorizationMode == "AlwaysAllow") {
                settings.api = .init(api.address, api.port)
            } else {
                Logger.current.info(
                    "Kubelet API is not served: without an API server it takes authorization.mode AlwaysAllow and a client CA",
                    metadata: ["port": "\(api.port)"])
            }
        }
        settings.readOnly = api.readOnlyPort == 0 ? nil : .init(api.address, api.readOnlyPort)
        settings.health = api.healthzPort == 0 ? nil : .init(api.healthzAddress, api.healthzPort)
        settings.clientCAFile = api.clientCAFile
        settings.allowsAnonymous = api.allowsAnonymous
        settings.tokenTTL = api.asksForTokens ? api.tokenTTL : nil
        settings.authorization =
            api.authorizationMode == "AlwaysAllow"
            ? .alwaysAllow : .webhook(authorized: api.authorizedTTL, unauthorized: api.unauthorizedTTL)
        settings.tls.minimumVersion = api.tlsMinVersion
        settings.tls.cipherSuites = api.tlsCipherSuites
        settings.hasDebuggingHandlers = api.hasDebuggingHandlers
        settings.hasSystemLogHandler = api.hasSystemLogHandler
        settings.hasSystemLogQuery = api.hasSystemLogQuery
        settings.hasProfilingHandler = api.hasProfilingHandler
        settings.hasDebugFlagsHandler = api.hasDebugFlagsHandler
        settings.streamIdleTimeout = api.streamingConnectionIdleTimeout
        return settings
    }
}

private func attach(
    to container: String, ofPod uid: String, _ machine: Machine, _ pods: PodManager
) async throws -> ExecSession {
    guard let entry = await pods.entry(of: .init(uid)) else { throw ControlError(.notFound, "the pod is gone") }
    let process = try await machine.attach(to: container, of: entry.pod)
    var session = ExecSession(
        input: process.input, output: process.output, errors: process.errors, isTerminal: process.errors == nil,
        end: {
            try await process.end()
            return ProcessEnd(code: 0)
        }, kill: {})
    let spec = entry.pod.manifest.spec
    let all = (spec?.containers ?? []) + (spec?.initContainers ?? [])
    // Source: `v1` Container, `stdinOnce`: the first that is attached is the last that feeds it.
    if all.first(where: { $0.name == container })?.stdinOnce == true {
        session.inputEnded = { try await process.closeInput() }
    }
    return session
}

/// Why the node is not healthy.
private struct NotReady: Error, CustomStringConvertible {
    let description: String
}
