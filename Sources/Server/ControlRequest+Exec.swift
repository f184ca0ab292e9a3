import JSONText
import Linux

/// A command in a container takes a millisecond or two, and whoever runs one waits for it: of that, decoding its request
/// and encoding its end by `Codable` took a thirtieth. What is written here says the same.
extension ExecRequest {
    /// The command that an envelope asks for; `nil`: it asks for something else, or not as this version's clients do.
    init?(in envelope: JSON) {
        guard let members = envelope.object?.members, members.count == 2,
            envelope["version"]?.integer == ControlEnvelope.currentVersion,
            let requests = envelope["request"]?.object?.members, requests.count == 1, requests[0].name == "exec",
            let exec = requests[0].value["_0"], let pod = exec["pod"], let name = pod["name"]?.string,
            let words = exec["command"]?.array, let hasInput = exec["hasInput"]?.bool,
            exec["terminal"] == nil, pod["namespace"] == nil || pod["namespace"]?.string != nil,
            exec["container"] == nil || exec["container"]?.string != nil
        else { return nil }
        let command = words.compactMap(\.string)
        guard command.count == words.count else { return nil }
        self.init(
            pod: PodName(namespace: pod["namespace"]?.string, name: name), container: exec["container"]?.string,
            command: command)
        self.hasInput = hasInput
    }
}

extension ProcessEnd {
    /// As ``ControlJSON`` writes it.
    var encoded: [UInt8] { JSON.object(["code": .number("\(code)")]).encoded }
}
