/// Source: `signal(7)`, the numbers of x86 and arm64.
func signalNumber(_ name: String) throws -> Int32 {
    if let number = Int32(name), (1...64).contains(number) { return number }
    let names = [
        "HUP": 1, "INT": 2, "QUIT": 3, "ILL": 4, "TRAP": 5, "ABRT": 6, "BUS": 7, "FPE": 8, "KILL": 9, "USR1": 10,
        "SEGV": 11, "USR2": 12, "PIPE": 13, "ALRM": 14, "TERM": 15, "STKFLT": 16, "CHLD": 17, "CLD": 17, "CONT": 18, "STOP": 19,
        "TSTP": 20, "TTIN": 21, "TTOU": 22, "URG": 23, "XCPU": 24, "XFSZ": 25, "VTALRM": 26, "PROF": 27, "WINCH": 28,
        "IO": 29, "POLL": 29, "IOT": 6, "PWR": 30, "SYS": 31, "RTMIN": 34, "RTMAX": 64,
    ]
    let upper = name.uppercased()
    let short = upper.hasPrefix("SIG") ? String(upper.dropFirst(3)) : upper
    if let number = names[short] { return Int32(number) }
    if short.hasPrefix("RTMIN+"), let offset = Int32(short.dropFirst(6)), (0...30).contains(offset) {
        return 34 + offset
    }
    if short.hasPrefix("RTMAX-"), let offset = Int32(short.dropFirst(6)), (0...30).contains(offset) {
        return 64 - offset
    }
    throw UnknownSignal(name: name)
}

struct UnknownSignal: Error, CustomStringConvertible {
    let name: String
    var description: String { "stop signal \(name): no such signal" }
}
