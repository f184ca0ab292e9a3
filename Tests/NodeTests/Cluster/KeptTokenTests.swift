import JSONText
import Kubernetes
import Testing

@testable import Node

@Suite struct `A token that is kept` {
    private let noon = Time(seconds: 1_800_000_000)
    private let boot = ContinuousClock.now

    /// By the clock of the boot alone: the machine's may have been set in the meantime.
    @Test(arguments: [
        (Int64(3607), 2870, false), (3607, 2886, true), (3607, 0, false), (600, 465, false), (600, 480, true),
        (1 << 32, 86_380, false), (1 << 32, 86_400, true), (1, 0, false), (1, 1, true), (0, 1, true),
    ])
    func `is renewed after four fifths of its time, or a day`(life: Int64, age: Int64, isDue: Bool) {
        let token = KeptToken("t", lasting: life, askedAt: noon, boot)
        for skew: Int64 in [-3600, 0, 3600] {
            let wall = Time(seconds: noon.seconds + age + skew)
            #expect(token.isDue(at: wall, boot.advanced(by: .seconds(age))) == isDue)
        }
    }

    @Test(arguments: [(2870, false), (2886, true), (-1, true), (-3600, true), (0, false)])
    func `from before a restart is judged by the machine's clock`(age: Int64, isDue: Bool) throws {
        let token = KeptToken("t", lasting: 3607, askedAt: noon, boot)
        let read = try JSONReader.read(KeptToken.self, from: try JSONWriter.write(token))
        #expect(read.token == "t")
        #expect(read.isDue(at: Time(seconds: noon.seconds + age), boot) == isDue)
    }
}
