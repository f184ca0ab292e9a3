import JSONText
import Testing

@testable import Statistics

@Suite struct `The summary of a node` {
    /// Every member that a kubelet 1.36 wrote, in its order. Source: a recorded answer.
    @Test func `has the kubelet's fields`() throws {
        let summary = Example.node.summary(onlyCPUAndMemory: false)
        func names(_ value: JSON?) -> String { (value?.object?.members ?? []).map(\.name).joined(separator: " ") }
        #expect(names(summary) == "node pods")
        let node = summary["node"]
        #expect(names(node) == "nodeName systemContainers startTime cpu memory io swap network fs runtime rlimit")
        #expect(names(node?["cpu"]) == "time usageNanoCores usageCoreNanoSeconds psi")
        #expect(
            names(node?["cpu"]?["psi"]) == "full some"
                && names(node?["cpu"]?["psi"]?["full"]) == "total avg10 avg60 avg300")
        #expect(
            names(node?["memory"])
                == "time availableBytes usageBytes workingSetBytes rssBytes pageFaults majorPageFaults psi")
        #expect(names(node?["network"]) == "time name interfaces")
        #expect(names(node?["fs"]) == "time availableBytes capacityBytes usedBytes inodesFree inodes inodesUsed")
        #expect(names(node?["runtime"]) == "imageFs containerFs" && names(node?["rlimit"]) == "time maxpid curproc")
        #expect(names(node?["swap"]) == "time swapAvailableBytes swapUsageBytes")
        let pod = summary["pods"]?.array?.first
        #expect(
            names(pod)
                == "podRef startTime containers cpu memory io swap network volume ephemeral-storage process_stats")
        #expect(names(pod?["network"]) == "time name rxBytes rxErrors txBytes txErrors interfaces")
        #expect(
            names(pod?["volume"]?.array?.first)
                == "time availableBytes capacityBytes usedBytes inodesFree inodes inodesUsed name pvcRef")
        #expect(names(pod?["containers"]?.array?.first) == "name startTime cpu memory io swap rootfs logs")
    }

    @Test func `has the values in the kubelet's units`() {
        let summary = Example.node.summary(onlyCPUAndMemory: false)
        let container = summary["pods"]?.array?.first?["containers"]?.array?.first
        #expect(container?["cpu"]?["usageCoreNanoSeconds"] == 112_982_000)
        #expect(container?["cpu"]?["time"] == "2026-11-21T03:52:30Z")
        #expect(
            container?["cpu"]?["psi"]?["some"] == ["total": 114_928, "avg10": 0, "avg60": .number("0.04"), "avg300": 0])
        #expect(container?["memory"]?["workingSetBytes"] == 249_856)
        #expect(container?["memory"]?["availableBytes"] == .number("\((1 << 20) - 249_856)"))
        #expect(container?["rootfs"]?["usedBytes"] == 20_480 && container?["rootfs"]?["inodesUsed"] == 8)
        #expect(summary["node"]?["fs"]?["availableBytes"] == 3_110_625_280)
        #expect(summary["pods"]?.array?.last?["network"] == nil, "it has the host's network")
    }

    @Test func `has processors and memory only, for whoever wants no more`() {
        let summary = Example.node.summary(onlyCPUAndMemory: true)
        func names(_ value: JSON?) -> String { (value?.object?.members ?? []).map(\.name).joined(separator: " ") }
        #expect(names(summary["node"]) == "nodeName systemContainers startTime cpu memory")
        let pod = summary["pods"]?.array?.first
        #expect(names(pod) == "podRef startTime containers cpu memory")
        #expect(names(pod?["containers"]?.array?.first) == "name startTime cpu memory")
    }

    @Test func `leaves out what a machine does not count`() {
        var node = Example.node
        node.pods[0].group.memory = nil
        node.pods[0].group.nanoCores = nil
        node.pods[0].group.pressure = [:]
        let pod = node.summary(onlyCPUAndMemory: false)["pods"]?.array?.first
        #expect(pod?["memory"] == nil && pod?["swap"] == nil && pod?["io"] == nil)
        #expect(pod?["cpu"]?["usageNanoCores"] == nil && pod?["cpu"]?["usageCoreNanoSeconds"] != nil)
    }
}
