import Linux
package import OCI

extension RuntimeSpec {
    /// Who is given the container's group: the user of its process, as the machine numbers it; `nil`: nobody is.
    ///
    /// Source: config-linux.md, "Cgroup ownership": only with a cgroup namespace of its own, and the tree mounted to be
    /// written to.
    package var groupOwner: UInt32? {
        let isPrivate = linux?.namespaces?.contains { $0.type == .cgroup && ($0.path ?? "").isEmpty } ?? false
        let isWritable = (mounts ?? []).contains { mount in
            mount.source == "cgroup" && mount.destination == "/sys/fs/cgroup"
                && !(mount.options ?? []).contains { $0 == "ro" || $0 == "rro" }
        }
        guard isPrivate, isWritable else { return nil }
        let user = process?.user.uid ?? 0
        guard linux?.namespaces?.contains(where: { $0.type == .user }) == true else { return user }
        for map in linux?.uidMappings ?? [] where user >= map.containerID && user - map.containerID < map.size {
            return map.hostID + (user - map.containerID)
        }
        return nil
    }
}

extension ContainerSpec {
    /// As ``OCI/RuntimeSpec/groupOwner``, where the user stands beside the specification: whose name is yet to be looked up
    /// counts as root.
    package var groupOwner: UInt32? {
        var spec = self.spec
        if case .id(let id) = user.user { spec.process?.user.uid = id }
        return spec.groupOwner
    }
}
