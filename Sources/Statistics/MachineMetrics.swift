extension NodeStatistics {
    /// cAdvisor's families of the machine.
    var machineMetrics: [MetricFamily] {
        let labels = Labels([
            "boot_id": machine.bootID, "machine_id": machine.machineID, "system_uuid": machine.systemUUID,
        ])
        func gauge(_ name: String, _ help: String, _ value: UInt64) -> MetricFamily {
            MetricFamily("machine_\(name)", .gauge, help, labels: labels, value: Double(value))
        }
        let version = Labels([
            "cadvisorRevision": "", "cadvisorVersion": "", "dockerVersion": "",
            "kernelVersion": machine.kernelVersion, "osVersion": machine.osVersion,
        ])
        return [
            gauge("cpu_cores", "Number of logical CPU cores.", machine.cores),
            gauge("cpu_physical_cores", "Number of physical CPU cores.", machine.physicalCores),
            gauge("cpu_sockets", "Number of CPU sockets.", machine.sockets),
            gauge("cpu_books", "Number of CPU books.", machine.books),
            gauge("cpu_drawers", "Number of CPU drawers.", machine.drawers),
            gauge("memory_bytes", "Amount of memory installed on the machine.", machine.memory),
            gauge("swap_bytes", "Amount of swap memory available on the machine.", machine.swap),
            // Memory that is none: cAdvisor without libipmctl, which is how the kubelet has it, finds none either.
            gauge("nvm_avg_power_budget_watts", "NVM power budget.", 0),
            MetricFamily(
                "machine_nvm_capacity", .gauge,
                "NVM capacity value labeled by NVM mode (memory mode or app direct mode).",
                ["app_direct_mode", "memory_mode"].map { .init(labels: labels.adding("mode", $0), value: 0) }),
            MetricFamily(
                "machine_scrape_error", .gauge, "1 if there was an error while getting machine metrics, 0 otherwise.",
                value: 0),
            MetricFamily(
                "cadvisor_version_info", .gauge,
                "A metric with a constant '1' value labeled by kernel version, OS version, docker version, cadvisor version & cadvisor revision.",
                labels: version, value: 1),
        ]
    }
}
