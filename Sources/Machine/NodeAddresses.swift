import Linux
import Logging
package import Netlink
import Pods
import Synchronization

/// The node's own addresses, first that of its first family: what pods on its network have, and what others are told.
///
/// Looked up when somebody asks and the last look is some seconds old: nobody is woken for them.
package final class NodeAddresses: Sendable {
    /// What `--node-ip` says: addresses, or which family to choose of.
    package struct Wish: Equatable, Sendable {
        /// One, or one of each family; empty: that by which the default route leaves.
        var addresses: [String] = []
        var prefersIPv6 = false
    }

    private let wish: Wish
    private let state = Mutex(State())

    private struct State {
        var addresses: [String] = []
        var due: ContinuousClock.Instant?
        var problem: String?
    }

    package init(_ wish: Wish) { self.wish = wish }

    /// How they are now; empty while the machine has none.
    package var current: [String] {
        state.withLock { state in
            if let due = state.due, ContinuousClock.now < due { return state.addresses }
            let found = Result { try wish.addresses(of: .now()) }
            state.addresses = (try? found.get()) ?? []
            var problem: String?
            if case .failure(let error) = found { problem = "\(error)" }
            if let problem, problem != state.problem {
                Logger.current.warning("The node's address is not known", metadata: ["error": "\(problem)"])
            }
            state.problem = problem
            // A network that is still being set up is there soon.
            state.due = ContinuousClock.now + (state.addresses.isEmpty ? .seconds(1) : .seconds(10))
            return state.addresses
        }
    }
}

/// What the kernel says of the machine's network.
package struct NodeNetwork: Equatable, Sendable {
    package var links: [Link]
    package var addresses: [Address]
    package var routes: [Route]

    package static func now() throws -> NodeNetwork {
        let socket = try NetlinkSocket()
        return try NodeNetwork(links: socket.links(), addresses: socket.addresses(), routes: socket.routes())
    }
}

extension NodeAddresses.Wish {
    /// Why `--node-ip` cannot be followed.
    package struct Invalid: Error, Equatable, CustomStringConvertible {
        package var description: String
    }

    /// Source: facts of kubelet, §1.3: one address, two of different families, or `0.0.0.0` or `::` for a family.
    package init(_ text: String) throws(Invalid) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        if text.isEmpty { return }
        guard parts.count <= 2 else { throw Invalid(description: "bad --node-ip \"\(text)\": more than two addresses") }
        for part in parts {
            guard Pod.isAddress(part) else {
                throw Invalid(description: "bad --node-ip \"\(text)\": \"\(part)\" is no IP address")
            }
        }
        if parts.count == 1, ["0.0.0.0", "::"].contains(text) {
            prefersIPv6 = text == "::"
            return
        }
        if parts.count == 2, Family(of: parts[0]) == Family(of: parts[1]) {
            throw Invalid(
                description: "bad --node-ip \"\(text)\": must contain either a single IP or a dual-stack pair of IPs")
        }
        for part in parts {
            if let kind = part.unfitness {
                throw Invalid(description: "bad --node-ip \"\(text)\": nodeIP can't be \(kind)")
            }
        }
        addresses = parts
    }

    /// Those asked for, which the machine must have, or the first that the default route's interface has.
    ///
    /// Source: kubernetes `utilnet.ChooseHostInterface` and `validateNodeIP`. A pure function.
    func addresses(of network: NodeNetwork) throws(Invalid) -> [String] {
        for wanted in addresses where !network.addresses.contains(where: { $0.withoutLength == wanted }) {
            throw Invalid(description: "node IP: \"\(wanted)\" not found in the host's network interfaces")
        }
        if !addresses.isEmpty { return addresses }
        for isIPv6 in [prefersIPv6, !prefersIPv6] {
            for route in network.routes where route.destination == "default" && route.isIPv6 == isIPv6 {
                // Where interfaces have none but local ones, the loopback interface has the node's.
                let loopback = network.links.first { $0.name == "lo" }?.index
                for link in [route.link, loopback] where network.links.contains(where: { $0.index == link && $0.isUp })
                {
                    let found = network.addresses.first {
                        $0.link == link && $0.isIPv6 == isIPv6 && $0.withoutLength.unfitness == nil
                    }
                    if let found { return [found.withoutLength] }
                }
            }
        }
        throw Invalid(description: "unable to select an IP from default routes.")
    }
}

private enum Family {
    case four, six
    init(of address: String) { self = address.contains(":") ? .six : .four }
}

extension Address {
    fileprivate var withoutLength: String { String(address.prefix { $0 != "/" }) }
    fileprivate var isIPv6: Bool { address.contains(":") }
}

extension String {
    /// Why an address cannot be a node's; nil: it can. Source: kubernetes `validateNodeIP`.
    fileprivate var unfitness: String? {
        let isIPv6 = contains(":")
        if isIPv6 ? self == "::1" : hasPrefix("127.") { return "loopback IP" }
        let first = Int(prefix { $0 != "." && $0 != ":" }, radix: isIPv6 ? 16 : 10) ?? 0
        if isIPv6 ? first >= 0xff00 : (224..<240).contains(first) { return "a multicast IP" }
        if isIPv6 ? (0xfe80...0xfebf).contains(first) : hasPrefix("169.254.") { return "a link-local unicast IP" }
        if ["0.0.0.0", "::"].contains(self) { return "an all zeros address" }
        return nil
    }
}
