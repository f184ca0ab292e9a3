import Cgroups
package import JSONText
import Kubernetes

extension NodeStatistics {
    /// A `stats/v1alpha1` Summary.
    ///
    /// Source: facts of kubelet, §11.4; kubernetes `staging/src/k8s.io/kubelet/pkg/apis/stats/v1alpha1/types.go`.
    package func summary(onlyCPUAndMemory: Bool) -> JSON {
        let writer = SummaryWriter(isShort: onlyCPUAndMemory)
        return ["node": writer.node(self), "pods": .array(pods.map(writer.pod))]
    }
}

private struct SummaryWriter {
    /// Processors and memory only.
    let isShort: Bool

    func node(_ node: NodeStatistics) -> JSON {
        var object = JSON.Object()
        object["nodeName"] = .string(node.name)
        object["systemContainers"] = .array(
            node.systemGroups.map { group in
                var object: JSON.Object = ["name": .string(group.name)]
                object["startTime"] = group.group.started.map(time)
                add(group.group, to: &object)
                return .object(object)
            })
        object["startTime"] = .string("\(node.started)")
        add(node.group, to: &object)
        if isShort { return .object(object) }
        object["network"] = network(node.interfaces, at: node.group.time)
        object["fs"] = node.filesystem.map(filesystem)
        if let images = node.imageFilesystem {
            object["runtime"] = ["imageFs": filesystem(images), "containerFs": filesystem(images)]
        }
        if let tasks = node.tasks {
            object["rlimit"] = [
                "time": time(node.group.time), "maxpid": .number("\(tasks.limit)"),
                "curproc": .number("\(tasks.count)"),
            ]
        }
        return .object(object)
    }

    func pod(_ pod: PodStatistics) -> JSON {
        var object: JSON.Object = [
            "podRef": [
                "name": .string(pod.name), "namespace": .string(pod.namespace), "uid": .string(pod.uid),
            ]
        ]
        object["startTime"] = pod.started.map { .string("\($0)") }
        object["containers"] = .array(pod.containers.map(container))
        add(pod.group, to: &object)
        if isShort { return .object(object) }
        object["network"] = pod.interfaces.flatMap { network($0, at: pod.group.time) }
        if !pod.volumes.isEmpty {
            object["volume"] = .array(
                pod.volumes.map { volume in
                    var object = fields(volume.usage)
                    object["name"] = .string(volume.name)
                    object["pvcRef"] = volume.claim.map {
                        ["name": .string($0), "namespace": .string(pod.namespace)]
                    }
                    return .object(object)
                })
        }
        object["ephemeral-storage"] = pod.ephemeralStorage.map(filesystem)
        object["process_stats"] = pod.group.processes.map { ["process_count": number($0.processes)] }
        return .object(object)
    }

    private func container(_ container: ContainerStatistics) -> JSON {
        var object: JSON.Object = ["name": .string(container.name)]
        object["startTime"] = container.group.started.map(time)
        add(container.group, to: &object)
        if isShort { return .object(object) }
        object["rootfs"] = container.rootFilesystem.map(filesystem)
        object["logs"] = container.logs.map(filesystem)
        return .object(object)
    }

    private func add(_ group: GroupStatistics, to object: inout JSON.Object) {
        let moment = time(group.time)
        if let cpu = group.cpu {
            var told: JSON.Object = ["time": moment]
            told["usageNanoCores"] = group.nanoCores.map(number)
            told["usageCoreNanoSeconds"] = number(cpu.usage &* 1000)
            told["psi"] = group.pressure[.cpu].map(pressure)
            object["cpu"] = .object(told)
        }
        if let memory = group.memory {
            var told: JSON.Object = ["time": moment]
            told["availableBytes"] = group.availableMemory.map(number)
            told["usageBytes"] = number(memory.current)
            told["workingSetBytes"] = number(memory.workingSet)
            told["rssBytes"] = number(memory.statistics.anonymous)
            told["pageFaults"] = number(memory.statistics.pageFaults)
            told["majorPageFaults"] = number(memory.statistics.majorPageFaults)
            told["psi"] = group.pressure[.memory].map(pressure)
            object["memory"] = .object(told)
        }
        if isShort { return }
        if let io = group.pressure[.io] { object["io"] = ["time": moment, "psi": pressure(io)] }
        if let swap = group.memory?.swap {
            var told: JSON.Object = ["time": moment]
            if case .at(let limit) = group.memory?.swapLimit {
                told["swapAvailableBytes"] = number(limit - min(swap, limit))
            }
            told["swapUsageBytes"] = number(swap)
            object["swap"] = .object(told)
        }
    }

    private func pressure(_ pressure: Pressure) -> JSON {
        ["full": stall(pressure.full), "some": stall(pressure.some)]
    }

    private func stall(_ stall: Pressure.Stall) -> JSON {
        [
            "total": number(stall.total), "avg10": .number(numberText(stall.average10)),
            "avg60": .number(numberText(stall.average60)), "avg300": .number(numberText(stall.average300)),
        ]
    }

    /// The interface that the API asks for by name stands for all. Source: kubernetes `network.DefaultInterfaceName`.
    private func network(_ interfaces: [InterfaceCounters], at moment: MicroTime) -> JSON? {
        if interfaces.isEmpty { return nil }
        func counts(_ interface: InterfaceCounters) -> JSON.Object {
            [
                "name": .string(interface.name), "rxBytes": number(interface.received.bytes),
                "rxErrors": number(interface.received.errors), "txBytes": number(interface.sent.bytes),
                "txErrors": number(interface.sent.errors),
            ]
        }
        var object: JSON.Object = ["time": time(moment), "name": ""]
        if let first = interfaces.first(where: { $0.name == "eth0" }) {
            for (name, value) in counts(first).members { object[name] = value }
        }
        object["interfaces"] = .array(interfaces.map { .object(counts($0)) })
        return .object(object)
    }

    private func filesystem(_ usage: FilesystemUsage) -> JSON { .object(fields(usage)) }

    private func fields(_ usage: FilesystemUsage) -> JSON.Object {
        [
            "time": time(usage.time), "availableBytes": number(usage.available),
            "capacityBytes": number(usage.capacity), "usedBytes": number(usage.used),
            "inodesFree": number(usage.inodesFree), "inodes": number(usage.inodes),
            "inodesUsed": number(usage.inodesUsed),
        ]
    }

    private func time(_ time: MicroTime) -> JSON { .string("\(Time(seconds: time.microseconds / 1_000_000))") }
    private func number(_ value: UInt64) -> JSON { .number("\(value)") }
}
