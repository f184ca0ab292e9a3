import CCap
import Linux
import OCI

/// Every capability that this kernel knows, bit n for capability n.
///
/// Source: libcap, `cap_max_bits(3)`.
let allCapabilities: UInt64 = (1 << UInt64(max(0, min(63, cap_max_bits())))) - 1

/// The sets of a specification as the kernel takes them; `ALL` stands for every one that the kernel knows.
func capabilitySets(_ names: RuntimeSpec.Capabilities) throws(ContainerError) -> InitProgram.CapabilitySets {
    InitProgram.CapabilitySets(
        bounding: try mask(names.bounding), effective: try mask(names.effective), permitted: try mask(names.permitted),
        inheritable: try mask(names.inheritable), ambient: try mask(names.ambient))
}

private func mask(_ names: [String]?) throws(ContainerError) -> UInt64 {
    var mask: UInt64 = 0
    for name in names ?? [] {
        if name == "ALL" { return allCapabilities }
        var value: cap_value_t = 0
        guard unsafe cap_from_name(name.lowercased(), &value) == 0, value < 64 else {
            throw .unknownCapability(name)
        }
        mask |= 1 << UInt64(value)
    }
    return mask & allCapabilities
}
