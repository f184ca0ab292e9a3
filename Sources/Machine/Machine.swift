package import CNI
import Containers
package import Images
package import Ledger
import Linux
import Logging
package import Pods
package import Shim
package import SystemPackage

import struct Kubernetes.Time

/// Carries out the steps of a plan on this machine, and observes it.
///
/// Holds no state of its own: what there is of a pod lies in the kernel, the records and the ledger, of which it keeps some
/// as it has read it. Each step writes down what it takes before it takes it, and may be repeated or cancelled at any line.
package struct Machine: PodRuntime {
    package let directories: Directories
    /// What new pods and containers get: read anew for each.
    package let liveSettings: Live<Settings>
    package var settings: Settings { liveSettings.value }
    package let ledger: Ledger
    package let images: ImageStore
    package let networks: Networks
    package let cgroups: PodCgroups
    let zygote: Zygote
    /// The program of a sandbox's first process.
    let pause: FilePath
    /// Takes what happens while a step is carried out.
    let note: @Sendable (PodEvent, Pod) async -> Void
    /// Asks a server for a hook; tells whether one that should speak TLS did not.
    package typealias HookSender =
        @Sendable (Pod.Container.HTTPGet, _ host: String, _ port: UInt16) async throws -> Bool
    let sendHook: HookSender
    package let addresses: NodeAddresses
    let logWatch: LogWatch
    /// Config maps, secrets and volumes of the node's own manifests.
    package let objects: Live<LocalObjects>
    /// What pods of the cluster refer to; `nil`: there is none.
    package let cluster: ClusterReferences?
    let volumeWriting = VolumeWriting()
    /// The ids of pods with users of their own.
    let users: PodUsers
    let seccomp = SeccompCache()
    let readSandboxes = ReadRecords<SandboxRecord>()
    let readContainers = ReadRecords<ContainerRecord>()
    let newestInstances = NewestInstances()
    let execPrograms = ExecPrograms()
    let appArmor: AppArmor
    /// What the pulls of pods pass through.
    package let pulls = PullGate()
    /// Takes how long a pull took, that it waited for others included, and of how many bytes the image is.
    package var pulled: @Sendable (Duration, UInt64) -> Void = { _, _ in }

    package init(
        directories: Directories, settings: Settings, ledger: Ledger, images: ImageStore, networks: Networks,
        cgroups: PodCgroups, zygote: Zygote, pause: FilePath, users: PodUsers,
        objects: Live<LocalObjects> = Live(LocalObjects()), cluster: ClusterReferences? = nil,
        note: @escaping @Sendable (PodEvent, Pod) async -> Void,
        addresses: NodeAddresses, sendHook: @escaping HookSender
    ) throws {
        self.directories = directories
        self.liveSettings = Live(settings)
        self.ledger = ledger
        self.images = images
        self.networks = networks
        self.cgroups = cgroups
        self.zygote = zygote
        self.pause = pause
        self.users = users
        self.note = note
        self.addresses = addresses
        self.sendHook = sendHook
        self.objects = objects
        self.cluster = cluster
        appArmor = AppArmor(loaded: directories.state.appending("apparmor-profile"))
        logWatch = try LogWatch()
    }

    package func perform(_ step: PodPlan.Step, for pod: Pod) async throws {
        let begin = ContinuousClock.now
        switch step {
        case .createSandbox(let attempt):
            do { try await createSandbox(for: pod, attempt: attempt) } catch let error as PodError {
                throw error
            } catch {
                throw PodError.createSandbox(cause: error)
            }
        case .start(let name, let restartCount, let attempt):
            guard let container = pod.container(named: name) else { return }
            try await start(container, of: pod, restartCount: restartCount, attempt: attempt)
        case .postStart(let name):
            guard let container = pod.container(named: name) else { return }
            do { try await runPostStart(of: container, pod) } catch let error as HookError {
                throw PodError.postStart(name, cause: error)
            }
        case .resize(let name, let instance):
            guard let container = pod.container(named: name) else { return }
            do { try await resize(container, instance: instance, of: pod) } catch {
                throw PodError.resizeContainer(name, cause: error)
            }
        case .resizeWhole: do { try resizeWhole(pod) } catch { throw PodError.resizePod(cause: error) }
        case .stop(let name, let instance, let grace, let others):
            do { try await stop(instance, of: pod, grace: grace, after: others) } catch {
                throw PodError.stopContainer(name, cause: error)
            }
        case .remove(let name, let instance):
            do { try await remove(instance: instance, of: pod.id) } catch {
                throw PodError.stopContainer(name, cause: error)
            }
        case .removeSandbox:
            do { try await removeSandbox(of: pod) } catch { throw PodError.removeSandbox(cause: error) }
        case .giveBack: do { try await giveBack(of: pod) } catch { throw PodError.giveBack(cause: error) }
        case .removePod: do { try await removePod(pod) } catch { throw PodError.removePod(cause: error) }
        }
        Logger.current.debug(
            "Step done",
            metadata: ["step": "\(step)", "milliseconds": "\((ContinuousClock.now - begin) / .milliseconds(1))"])
    }

    func shim(of pod: Pod.ID) -> ShimClient { ShimClient(socket: directories.shimSocket(of: pod)) }

    func records(of pod: Pod.ID) -> PodRecords {
        PodRecords(
            directories: directories, pod: pod, readSandboxes: readSandboxes, readContainers: readContainers,
            newest: newestInstances)
    }

    /// What the configuration says about running pods here.
    package struct Settings: Sendable {
        package var nodeName: String
        package var clusterDNS: [String] = []
        package var clusterDomain = ""
        /// The host's resolver configuration; `nil` when pods with the policy `Default` get none.
        package var resolvConf: FilePath? = "/etc/resolv.conf"
        package var podCIDR = ""
        /// In bytes; 0: logs are not rotated.
        package var logMaxSize: UInt64 = 10 << 20
        package var logMaxFiles: UInt32 = 5
        package var seccompDefault = false
        package var memoryCapacity: Int64 = 0
        /// What all pods together may ask for.
        package var allocatable = ResourceAmounts()
        package var runtimeHandlers = RuntimeHandlers()

        package init(nodeName: String) { self.nodeName = nodeName }
    }
}
