import Testing

@testable import CNI

@Suite struct `Turns of sandboxes` {
    @Test func `are taken beside each other by different sandboxes, and alone by the collector`() {
        var turns = Turns()
        let claims: [(Turns.Claim, Bool)] = [
            (.sandbox("a"), true), (.sandbox("a"), false), (.sandbox("b"), true), (.alone, false),
        ]
        for (claim, expected) in claims {
            let taken = turns.take(claim)
            #expect(taken == expected)
        }
        turns.leave(.sandbox("a"))
        let early = turns.take(.alone)
        turns.leave(.sandbox("b"))
        let alone = turns.take(.alone)
        let other = turns.take(.sandbox("c"))
        #expect([early, alone, other] == [false, true, false])
    }

    @Test func `are taken alone until one of a kind has succeeded`() {
        var firsts = Firsts()
        let start = [firsts.begin("a"), firsts.begin("a"), firsts.begin("b")]
        #expect(start == [.first, .behindFirst, .first])
        firsts.end("a", succeeded: false)
        let again = [firsts.begin("a"), firsts.begin("a")]
        #expect(again == [.first, .behindFirst])
        firsts.end("a", succeeded: true)
        let later = [firsts.begin("a"), firsts.begin("a"), firsts.begin("b")]
        #expect(later == [.later, .later, .behindFirst])
    }
}
