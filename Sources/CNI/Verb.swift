/// What a plugin is asked to do: the variable `CNI_COMMAND`.
package enum Verb: String, Sendable {
    case add = "ADD"
    case delete = "DEL"
    case check = "CHECK"
    case status = "STATUS"
    case collect = "GC"
    case version = "VERSION"
}
