import SystemPackage

/// `create`: everything up to the program, which `start` runs.
enum Create {
    static func run(_ runtime: Runtime, _ words: [String]) throws -> Int32 {
        let arguments = try Arguments(words, Creation.options)
        let made = try Creation(runtime, arguments, waits: true, isAttended: false).perform()
        try? made.process.close()
        return 0
    }
}
